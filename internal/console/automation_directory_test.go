package console_test

import (
	"net/http"
	"testing"
)

func TestEditorSaysWhatTheOldPasswordMeansInADirectory(t *testing.T) {
	t.Parallel()
	o := open(t, withStaff)
	a := o.automation(o.root, "Leak", false, onExternal)
	v, path := o.as(o.root), "/automations/"+a.ID+"/edit"
	v.get(path).shows(http.StatusOK, "Password in a directory expires soon")
	v.press(v.get(path), path, "job", nil).shows(http.StatusOK, "For users of the directory staff:", "&#39;Keep until changed&#39; is used instead.",
		"The old password works in staff until its owner has chosen a new one", "It does not log in to Windows", "For up to an hour after the change",
		"Rekey sets a random password in staff that nobody knows", "For users of a directory, it works until they have changed it.")
	without := open(t)
	a = without.automation(without.root, "Leak", false, onExternal)
	without.as(without.root).get("/automations/" + a.ID + "/edit?step=job").shows(http.StatusOK).lacks("directory")
}
