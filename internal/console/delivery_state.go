package console

import (
	"rekey"
	"rekey/internal/console/view"
)

// deliveryStates are the states of a delivery in words.
var deliveryStates = map[rekey.DeliveryState]view.State{
	rekey.DeliveryHeld:        {Color: view.Amber, Word: "Held"},
	rekey.DeliveryQueued:      {Color: view.Grey, Word: "Queued"},
	rekey.DeliveryIssued:      {Color: view.Blue, Word: "Sending"},
	rekey.DeliveryDeferred:    {Color: view.Amber, Word: "Deferred"},
	rekey.DeliverySent:        {Color: view.Green, Word: "Sent"},
	rekey.DeliveryDone:        {Color: view.Green, Word: "Changed"},
	rekey.DeliveryExpired:     {Color: view.Grey, Word: "Expired"},
	rekey.DeliverySuperseded:  {Color: view.Grey, Word: "Superseded"},
	rekey.DeliverySkipped:     {Color: view.Grey, Word: "Skipped"},
	rekey.DeliveryFailed:      {Color: view.Red, Word: "Failed"},
	rekey.DeliveryCancelled:   {Color: view.Grey, Word: "Cancelled"},
	rekey.DeliveryWouldBeSent: {Color: view.Blue, Word: "Would be sent"},
}

// deliveryReason is the reason for a delivery's state, and the last answer of the
// mail server.
func deliveryReason(d rekey.Delivery) string {
	text, reply := d.Reason.Text(), replyText(d.ReplyCode, d.ReplyText)
	if text == "" || reply == "" {
		return text + reply
	}
	return text + ": " + reply
}
