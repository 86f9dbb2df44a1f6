package console

import (
	"bytes"
	"cmp"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rekey/internal/console/form"
)

// A form that is sent after its session has ended is kept, and shown again after the
// log-in of the same user. It is never carried out:
//
//	POST without a session ──► log-in page, which carries the form, sealed
//	                                 │ log-in of the same user, in the same browser,
//	                                 ▼ within an hour
//	        GET page?kept=1 ◄── the session keeps it, also through a change of password
//	             │
//	             ▼
//	        the form with what was typed, to be sent once more

const (
	keptFor       = time.Hour
	keptCookie    = "rekey-kept" // random, so that another browser cannot open the seal
	keptParameter = "kept"
	keptPurpose   = "rekey kept form v1" // separates its key from all other uses
	// maxKept is the length, in bytes, of the longest form that is kept; maxSealed that
	// of its seal, which the form of the log-in must hold.
	maxKept   = 64 << 10
	maxSealed = 12 << 10
)

// Keys makes the key of a seal: the same on all nodes, and only there. *seal.Keys
// implements it.
type Keys interface {
	KeyID() string
	Compute(keyID string, data []byte) ([]byte, error)
}

// keptForm is what was typed, and by whom.
type keptForm struct {
	User  string     `json:"user"`
	Form  string     `json:"form"` // the pattern of its route
	Path  string     `json:"path"` // where it was sent
	Typed url.Values `json:"typed"`
	Until time.Time  `json:"until"`
}

// shownAgain says how a form is shown with what was typed.
type shownAgain struct {
	page string // where; "" for the path it was sent to
	// verb shows the form that the request has, and must not carry it out.
	verb func(http.ResponseWriter, *http.Request) error
}

// formsAgain are the forms that are kept, by the patterns of their routes: all in which
// people type more than a word.
func (c *Console) formsAgain() map[string]shownAgain {
	return map[string]shownAgain{
		"/account":               {verb: c.showAccountTyped},
		"/account/tokens":        {page: accountPath, verb: c.showAccountTyped},
		"/automations/new":       {verb: unsaved(c.createAutomation)},
		"/automations/{id}/edit": {verb: unsaved(c.saveAutomation)},
		"/selections/new":        {verb: unsaved(c.createSelection)},
		"/selections/{id}/edit":  {verb: unsaved(c.saveSelection)},
		"/users/new":             {verb: unsaved(c.createUser)},
		"/users/{id}/edit":       {verb: unsaved(c.saveUser)},
		"/events/new":            {verb: c.previewEvent},
		"/events/preview":        {page: eventsPath + "/new", verb: c.previewEvent},
		"/pause":                 {verb: c.showPauseTyped},
	}
}

// unsaved presses the button of an editor that only shows what was typed.
func unsaved(verb func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		r.PostForm.Set("go", "preview")
		r.PostForm.Del("remove")
		r.PostForm.Del("example")
		return verb(w, r)
	}
}

// pageOf is where a kept form is shown again.
func (c *Console) pageOf(k keptForm) string {
	return with(cmp.Or(c.again[k.Form].page, k.Path), keptParameter, "1")
}

// keepForm returns a form that was sent from a page of a user, and its seal; "" if the
// user is not known, or the form is not of a kind that is kept, or is too long.
func (c *Console) keepForm(w http.ResponseWriter, r *http.Request, route route, user string) (k keptForm, sealed string, err error) {
	if route.method != http.MethodPost || user == "" || c.again[route.path].verb == nil || r.Header.Get("HX-Request") != "" {
		return k, "", nil
	}
	typed, err := form.ReadAny(w, r, maxKept)
	if err != nil || len(typed) == 0 {
		return k, "", nil //nolint:nilerr // it cannot be kept, and the log-in matters more
	}
	for name := range typed {
		// job_params.old_password is no password: it says what happens to the old one.
		if name == form.MadeFor || strings.HasSuffix(name, "password") && !strings.HasPrefix(name, "job_params.") {
			delete(typed, name)
		}
	}
	browser := make([]byte, 16)
	if _, err := rand.Read(browser); err != nil {
		return k, "", err
	}
	text := base64.RawURLEncoding.EncodeToString(browser)
	k = keptForm{User: user, Form: route.path, Path: r.URL.Path, Typed: typed, Until: c.Clock().Add(keptFor)}
	if sealed, err = c.seal(k, text); err != nil || len(sealed) > maxSealed {
		return k, "", err
	}
	setCookie(w, r, keptCookie, text, keptFor)
	return k, sealed, nil
}

// bring takes over a form that the log-in page carried into the session of the user who
// has logged in. It returns where to go next, and a notice.
func (c *Console) bring(r *http.Request, sealed, next string) (to, notice string, err error) {
	if sealed == "" {
		return next, "", nil
	}
	k, opened := c.openKept(r, sealed)
	if !opened {
		return "", "kept-gone", nil
	}
	return c.pageOf(k), "", c.Sessions.Keep(r.Context(), sealed)
}

// openKept opens the seal of a form; false if it is not for this user in this browser, or
// its time is over.
func (c *Console) openKept(r *http.Request, sealed string) (k keptForm, opened bool) {
	keyID, encoded, _ := strings.Cut(sealed, ".")
	data, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || sealed == "" {
		return k, false
	}
	aead, err := c.keptKey(keyID)
	if err != nil || len(data) < aead.NonceSize() {
		return k, false
	}
	packed, err := aead.Open(nil, data[:aead.NonceSize()], data[aead.NonceSize():], []byte(cookie(r, keptCookie)))
	if err != nil {
		return k, false
	}
	if err := json.NewDecoder(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), 4*maxKept)).Decode(&k); err != nil {
		return k, false
	}
	return k, k.User == actor(r).ID && c.Clock().Before(k.Until) && c.again[k.Form].verb != nil
}

func (c *Console) seal(k keptForm, browser string) (string, error) {
	var packed bytes.Buffer
	pack, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if err := errors.Join(json.NewEncoder(pack).Encode(k), pack.Close()); err != nil {
		return "", err
	}
	keyID := c.Keys.KeyID()
	aead, err := c.keptKey(keyID)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return keyID + "." + base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, packed.Bytes(), []byte(browser))), nil
}

// keptKey is AES-256-GCM under a key that is made for this purpose alone.
func (c *Console) keptKey(keyID string) (cipher.AEAD, error) {
	key, err := c.Keys.Compute(keyID, []byte(keptPurpose))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// showKept shows the form that the session keeps, if the page is the one for it. It
// reports whether it did.
func (c *Console) showKept(w http.ResponseWriter, r *http.Request) (bool, error) {
	if r.Method != http.MethodGet || !r.URL.Query().Has(keptParameter) {
		return false, nil
	}
	k, opened := c.openKept(r, c.Sessions.Kept(r.Context()))
	if page, _, _ := strings.Cut(c.pageOf(k), "?"); !opened || page != r.URL.Path {
		return false, nil
	}
	typed := r.Clone(r.Context())
	typed.Method, typed.Body = http.MethodPost, http.NoBody
	typed.URL = &url.URL{Path: k.Path, RawQuery: "notice=kept"}
	typed.Form, typed.PostForm = k.Typed, k.Typed
	return true, c.again[k.Form].verb(w, typed)
}
