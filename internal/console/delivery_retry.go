package console

import (
	"net/http"

	"rekey/internal/console/view"
)

func init() {
	notices["retried"] = "This is the new delivery. All checks were made again."
}

func (c *Console) retryDelivery(w http.ResponseWriter, r *http.Request) error {
	next, err := c.Admin.RetryDelivery(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		page, shown := c.deliveryPage(r)
		if shown != nil {
			return err
		}
		return c.showAgain(w, err, func(p view.Problem) error {
			page.Problem = p
			c.show(w, r, p.Status, page)
			return nil
		})
	}
	http.Redirect(w, r, "/deliveries/"+next.ID+"?notice=retried", http.StatusSeeOther)
	return nil
}
