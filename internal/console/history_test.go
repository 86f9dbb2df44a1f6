package console_test

import (
	"net/http"
	"testing"

	"rekey"
)

func TestHistoryShowsWhoChangedWhatAlsoOfWhatIsDeleted(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.operator, "Locked out", false)
	path := "/automations/" + a.ID
	v := o.as(o.manager)
	v.get(path).shows(http.StatusOK, `href="`+path+`/history"`)
	v.get(path+"/history").shows(http.StatusOK, "Nothing was changed since it was created.")
	_, err := o.Admin.UpdateAutomation(t.Context(), o.operator, a.ID, 0, func(a *rekey.Automation) error {
		a.Description = "<b>For the help desk</b>"
		return nil
	})
	o.ok(err)
	_, err = o.Admin.DeleteAutomation(t.Context(), o.root, a.ID, 0)
	o.ok(err)
	v.get(path+"/history").shows(http.StatusOK, "History of Deleted automation", "Description", "&lt;b&gt;For the help desk&lt;/b&gt;", `href="/users/`+o.operator.ID,
		"Deleted.", "somebody who is deleted, or whom you may not view").lacks("<b>For", o.root.Address)
	v.get("/automations/none/history").shows(http.StatusNotFound)
}
