package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed static
var staticFiles embed.FS

const assetPath = "/static/"

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// assets are the files that pages need. Each is served under a name with a hash
// of its content, so that a browser may keep it for ever.
type assets struct {
	named map[string]string // "rekey.css" → "/static/rekey.0123456789abcdef.css"
	files map[string][]byte // by the name with the hash
}

func readAssets() (assets, error) {
	a := assets{named: map[string]string{}, files: map[string][]byte{}}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return a, fmt.Errorf("console: %w", err)
	}
	for _, e := range entries {
		content, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return a, fmt.Errorf("console: %w", err)
		}
		sum := sha256.Sum256(content)
		extension := path.Ext(e.Name())
		hashed := strings.TrimSuffix(e.Name(), extension) + "." + hex.EncodeToString(sum[:8]) + extension
		a.named[e.Name()], a.files[hashed] = assetPath+hashed, content
	}
	return a, nil
}

// path returns where a file is served.
func (a assets) path(name string) (string, error) {
	if found, ok := a.named[name]; ok {
		return found, nil
	}
	return "", fmt.Errorf("there is no file static/%s", name)
}

func (c *Console) asset(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	content, ok := c.assets.files[name]
	if !ok {
		return errNoPage
	}
	header := w.Header()
	header.Set("Content-Type", contentTypes[path.Ext(name)])
	header.Set("Content-Length", strconv.Itoa(len(content)))
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(content) // whoever does not read it cannot be told
	return nil
}
