// Package static has the styles, scripts and icons of the pages, ours and vendored
// ones. The name of each has a hash of its content, so that a browser may keep it for
// ever. A file is compressed if that makes it smaller.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed *.css *.js *.svg cut/*.css vendor/*/*.js vendor/uplot/*.css vendor/icons/*.svg
var files embed.FS

// Prefix of the paths under which files are served.
const Prefix = "/static/"

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

type file struct {
	contentType   string
	plain, zipped []byte // zipped is nil if it would not be smaller
}

// all returns the files by name with hash, and the names with hash by plain name.
var all = sync.OnceValues(func() (map[string]file, map[string]string) {
	byHash, names := map[string]file{}, map[string]string{}
	_ = fs.WalkDir(files, ".", func(from string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(from, "vendor/icons/") {
			return err
		}
		plain, err := files.ReadFile(from)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(plain)
		extension := path.Ext(from)
		name := path.Base(from)
		hashed := strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:8]) + extension
		byHash[hashed], names[name] = file{contentTypes[extension], plain, zip(plain)}, hashed
		return nil
	}) // reading embedded files does not fail
	return byHash, names
})

func zip(plain []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	_, _ = w.Write(plain)                                 // a buffer takes everything
	_ = w.Close()
	if b.Len() >= len(plain) {
		return nil
	}
	return b.Bytes()
}

// Path returns the path of a file by its name without folder. It is an error if there
// is no such file.
func Path(name string) (string, error) {
	_, names := all()
	if hashed, ok := names[name]; ok {
		return Prefix + hashed, nil
	}
	return "", fmt.Errorf("there is no file %s among the static ones", name)
}

// Icon returns the content of the <svg> of a vendored icon.
func Icon(name string) (string, error) {
	content, err := files.ReadFile("vendor/icons/" + name + ".svg")
	if err != nil {
		return "", fmt.Errorf("there is no icon %s: %w", name, err)
	}
	_, rest, _ := strings.Cut(string(content), ">")
	drawing, _, _ := strings.Cut(rest, "</svg>")
	return strings.TrimSpace(drawing), nil
}

// Serve answers with a file by its name with hash, and reports whether there is one.
func Serve(w http.ResponseWriter, r *http.Request, hashed string) bool {
	byHash, _ := all()
	f, ok := byHash[hashed]
	if !ok {
		return false
	}
	header, content := w.Header(), f.plain
	if f.zipped != nil {
		header.Set("Vary", "Accept-Encoding")
		if takesGzip(r) {
			header.Set("Content-Encoding", "gzip")
			content = f.zipped
		}
	}
	header.Set("Content-Type", f.contentType)
	header.Set("Content-Length", strconv.Itoa(len(content)))
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(content) // a client that has left cannot be told
	return true
}

// takesGzip reports whether the client accepts gzip (RFC 9110 §12.5.3).
func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || !strings.HasPrefix(weight, "q=")
		}
	}
	return false
}
