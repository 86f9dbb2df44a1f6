package console_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/userfile"
)

// upload sends a file from the page of the import, with the choice to refuse it if
// somebody is there already.
func (v *visitor) upload(content string) seen {
	v.o.t.Helper()
	return v.uploadWith(content, "refuse", "ignore")
}

// uploadWith sends a file with these choices.
func (v *visitor) uploadWith(content, existing, unknown string) seen {
	v.o.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	v.o.ok(form.WriteField("existing", existing))
	v.o.ok(form.WriteField("unknown_columns", unknown))
	part, err := form.CreateFormFile("file", "users.csv")
	v.o.ok(err)
	_, err = part.Write([]byte(content))
	v.o.ok(err)
	v.o.ok(form.Close())
	r, err := http.NewRequestWithContext(v.o.t.Context(), http.MethodPost, v.o.URL()+"/users/import", &body)
	v.o.ok(err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return v.send(r)
}

var kept = regexp.MustCompile(`name="kept" value="([^"]*)"`)

func (o *office) count() int {
	o.t.Helper()
	page, err := o.Admin.Users(o.t.Context(), o.root, rekey.UserQuery{}, admin.Place{})
	o.ok(err)
	return page.Total.N
}

func TestImportShowsWhatItWouldDoAndThenDoesIt(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, before := o.as(o.root), o.count()
	sample := v.get("/users/import/sample.csv")
	v.get("/users/import").shows(http.StatusOK, "attribute.NAME", `enctype="multipart/form-data"`, "grace@example.org,Grace")
	preview := v.upload(sample.body+"script@example.org,<script>,,UI,Operator,,,\"a, b\"\n").
		shows(http.StatusOK, "3 system users, without errors.", "Nothing is stored yet", "Grace Hopper", "team = Compilers", "&lt;script&gt;", "Create 3 system users").
		lacks("<script>,")
	if o.count() != before {
		t.Fatal("the preview has written something")
	}
	file := kept.FindStringSubmatch(preview.body)[1]
	v.post("/users/import/apply", url.Values{"kept": {file}}).leads("/users")
	if n := o.count(); n != before+3 {
		t.Errorf("%d users, want %d", n, before+3)
	}
	v.get("/users?search=script@").shows(http.StatusOK, "Operator")
	v.post("/users/import/apply", url.Values{"kept": {file}, "existing": {"refuse"}}).shows(http.StatusConflict, `href="#line-2"`, `id="line-4"`, "Another system user has this address.")
	if n := o.count(); n != before+3 {
		t.Errorf("%d users, want %d", n, before+3)
	}
}

func TestImportWithErrorsTellsThemByLineAndWritesNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, before := o.as(o.operator), o.count()
	v.upload("address,role,language\nnew@example.org,,\n<b>nobody,,\nboss@example.org,manager,no such\n"+strings.ToUpper(o.member.Address)+",,\n").
		shows(http.StatusUnprocessableEntity, `href="#line-3"`, `id="line-3"`, "&lt;b&gt;nobody", `id="line-4"`, "language: ", `id="line-5"`, "Another system user has this address.").
		lacks("<b>nobody", `id="line-2"`, `name="kept"`)
	v.upload("address,role\nboss@example.org,manager\n").shows(http.StatusForbidden, "role: You cannot create a Manager")
	v.upload("name\n").shows(http.StatusUnprocessableEntity, `id="line-1"`, "The column address is missing.")
	v.upload("address\n").shows(http.StatusUnprocessableEntity, "The file has no people", `id="file-error"`)
	v.upload("").shows(http.StatusUnprocessableEntity, "Choose a file.")
	v.upload("address\n\xff@example.org\n").shows(http.StatusUnprocessableEntity, `id="line-2"`, "not UTF-8")
	if o.count() != before {
		t.Error("somebody was created")
	}
}

func TestImportIsBounded(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, before := o.as(o.root), o.count()
	v.upload(strings.Repeat("x", userfile.MaxBytes+1)).shows(http.StatusRequestEntityTooLarge, "at most 5 MiB")
	v.upload(strings.Repeat("x", userfile.MaxBytes+1<<20)).shows(http.StatusRequestEntityTooLarge, "at most 5 MiB")
	v.upload("address\n"+strings.Repeat("a@example.org\n", rekey.MaxImport+1)).shows(http.StatusRequestEntityTooLarge, "more than 10,000 system users")
	v.post("/users/import/apply", url.Values{"kept": {strings.Repeat("x", 8<<20) + "!"}}).shows(http.StatusRequestEntityTooLarge, "at most 5 MiB")
	v.post("/users/import/apply", url.Values{"kept": {"%%"}}).shows(http.StatusBadRequest)
	v.post("/users/import/apply", nil).shows(http.StatusUnprocessableEntity, "Choose a file.")
	if o.count() != before {
		t.Error("somebody was created")
	}
}

func TestImportIsRefusedIfSomebodyTookAnAddressMeanwhile(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	var file strings.Builder
	file.WriteString("address\n")
	for i := range 30 {
		fmt.Fprintf(&file, "user%d@example.org\n", i)
	}
	preview := v.upload(file.String()).shows(http.StatusOK, "30 system users", "The first 20")
	o.newcomer(rekey.RoleMember, func(u *rekey.SystemUser) { u.Address = "user7@example.org" })
	before := o.count()
	v.post("/users/import/apply", url.Values{"kept": {kept.FindStringSubmatch(preview.body)[1]}, "existing": {"refuse"}}).
		shows(http.StatusConflict, `id="line-9"`, "Another system user has this address.").lacks(`id="line-8"`)
	if o.count() != before {
		t.Error("a part of the file was created")
	}
	o.as(o.member).upload("address\nx@example.org\n").shows(http.StatusForbidden)
}

func TestImportSaysWhatItWouldDoWithThoseWhoAreThere(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, before := o.as(o.root), o.count()
	file := "sep=;\r\nE-Mail;First name;Phone;Password;\r\nnew@example.org;Nina;1;x;\r\n" + strings.ToUpper(o.member.Address) + ";Renamed;2;y;\r\n"
	left := v.uploadWith(file, "leave", "ignore").
		shows(http.StatusOK, "1 created, 0 updated, 1 left as they are", "Rekey does not know this column", "passwords are never imported", "Create 1 system user<", "Left as is", `value="leave" checked`).
		lacks("Phone = ")
	v.uploadWith(file, "refuse", "ignore").shows(http.StatusConflict, `id="line-4"`, "Another system user has this address.", `value="refuse" checked`)
	v.uploadWith(file, "never", "ignore").shows(http.StatusUnprocessableEntity, "Choose leave, update or refuse.")
	v.uploadWith(file, "leave", "keep").shows(http.StatusUnprocessableEntity, "Choose ignore or attributes.")

	// The choices can be changed on the preview.
	kept := url.Values{"kept": {kept.FindStringSubmatch(left.body)[1]}, "existing": {"update"}, "unknown_columns": {"attributes"}}
	v.post("/users/import", kept).shows(http.StatusOK, "1 created, 1 updated, 0 left as they are", "Phone = 1", "Create 1 and update 1 system user<", "Renamed").lacks("Password = ")
	if o.count() != before {
		t.Fatal("a preview has written something")
	}
	changed := url.Values{"kept": kept["kept"], "existing": {"update"}, "unknown_columns": {"ignore"}, "previewed": {"leave ignore"}}
	v.post("/users/import/apply", changed).shows(http.StatusOK, "Nothing is stored yet", "1 created, 1 updated, 0 left as they are", `name="previewed" value="update ignore"`)
	if o.count() != before {
		t.Fatal("what was not previewed was imported")
	}
	kept.Set("previewed", "update attributes")
	v.get(v.post("/users/import/apply", kept).leads("/users").Header.Get("Location")).shows(http.StatusOK, "Imported: 1 created, 1 updated, 0 left as they are. New system users have no password until one is sent.")
	v.get("/users/"+o.member.ID).shows(http.StatusOK, "Renamed", "Phone")
	// The same file again changes nothing.
	v.post("/users/import", kept).shows(http.StatusOK, "0 created, 0 updated, 2 left as they are").lacks("system users</button>", "system user</button>")
	if n := o.count(); n != before+1 {
		t.Errorf("%d users, want %d", n, before+1)
	}
}

func TestBadLinesAreQuotedHoweverTheFileIsWritten(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.root)
	v.upload("address\rfirst@example.org\rno address\r").shows(http.StatusUnprocessableEntity, `id="line-3"`, ">no address<")
	var utf16 strings.Builder
	for _, c := range "\ufeffaddress\nJürgen\n" {
		utf16.WriteByte(byte(c))
		utf16.WriteByte(byte(c >> 8))
	}
	v.upload(utf16.String()).shows(http.StatusUnprocessableEntity, `id="line-2"`, ">Jürgen<")
}
