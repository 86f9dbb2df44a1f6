package form

import (
	"cmp"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"

	"rekey"
	"rekey/internal/userfile"
)

// maxAround in bytes is more than the rest of a form with a file needs: 64 KiB.
const maxAround = 64 << 10

var errNoFile = rekey.Invalid("file", "Choose a file.")

// Import is the form of a file of system users. The page with the preview keeps the
// file, and sends the form again.
type Import struct {
	File     []byte
	Existing rekey.Existing
	Unknown  userfile.Unknown
	// Changed: the choices are others than those that the preview was about.
	Changed bool
}

// ReadImport reads an Import with the file that was chosen, or that a page kept.
//
// Errors: CodeTooLarge; CodeInvalid for "file"; CodeMalformed.
func ReadImport(w http.ResponseWriter, r *http.Request) (Import, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		file, err := chosenFile(w, r)
		return importOf(r, file), err
	}
	sent, err := ReadKeptImport(w, r)
	if errors.Is(err, errNoFile) {
		err = rekey.NewError(rekey.CodeMalformed, "The form cannot be read.")
	}
	return sent, err
}

// ReadKeptImport reads an Import with the file that a page kept. The browser may have
// changed it, so it has to be checked again. Errors are those of ReadImport.
func ReadKeptImport(w http.ResponseWriter, r *http.Request) (Import, error) {
	file, err := keptFile(w, r)
	return importOf(r, file), err
}

func importOf(r *http.Request, file []byte) Import {
	existing, unknown := text(r, "existing"), text(r, "unknown_columns")
	return Import{
		File:     file,
		Existing: cmp.Or(rekey.Existing(existing), rekey.ExistingLeave),
		Unknown:  cmp.Or(userfile.Unknown(unknown), userfile.UnknownIgnored),
		Changed:  r.PostForm.Has("previewed") && text(r, "previewed") != existing+" "+unknown,
	}
}

// chosenFile reads the file of the form where one is chosen.
func chosenFile(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	const most = userfile.MaxBytes + maxAround
	r.Body = http.MaxBytesReader(w, r.Body, most)
	err := r.ParseMultipartForm(most) //nolint:gosec // the body is bounded; so much, so that nothing of it is written to the disk
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, userfile.ErrTooLarge
	case err != nil:
		return nil, &rekey.Error{Code: rekey.CodeMalformed, Message: "The form cannot be read.", Cause: err}
	}
	file, _, err := r.FormFile("file")
	if err != nil {
		return nil, errNoFile
	}
	content, err := io.ReadAll(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	switch {
	case err != nil:
		return nil, &rekey.Error{Code: rekey.CodeMalformed, Message: "The file could not be read completely.", Cause: err}
	case len(content) == 0:
		return nil, errNoFile
	}
	return content, nil
}

// KeptFile is a file as a page keeps it between preview and import.
func KeptFile(content []byte) string { return base64.RawURLEncoding.EncodeToString(content) }

// keptFile reads a file that a page kept.
func keptFile(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := parseUpTo(w, r, int64(base64.RawURLEncoding.EncodedLen(userfile.MaxBytes))+maxAround); err != nil {
		if rekey.CodeOf(err) == rekey.CodeTooLarge {
			err = userfile.ErrTooLarge
		}
		return nil, err
	}
	content, err := base64.RawURLEncoding.DecodeString(r.PostForm.Get("kept"))
	if err != nil {
		return nil, &rekey.Error{Code: rekey.CodeMalformed, Message: "The form cannot be read.", Cause: err}
	}
	if len(content) == 0 {
		return nil, errNoFile
	}
	return content, nil
}
