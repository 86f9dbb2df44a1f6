package mail

import "strings"

// encode makes the form of a rendered message. Text is encoded once, here.
func (r *rendered) encode() *form {
	f := &form{Version: formVersion, Zone: r.settings.TimeZone, Dates: r.words.dates, Hello: r.words.hello}
	from := appendMailbox(nil, r.settings.from.Name, r.settings.from.Address)
	sender := "\r\nFrom: " + string(from)
	if reply := r.settings.replyTo; reply.Address != "" {
		sender += "\r\nReply-To: " + string(appendMailbox(nil, reply.Name, reply.Address))
	}
	f.add(piece{Text: "Date: "}, piece{Slot: slotDate},
		piece{Text: sender + "\r\nTo: "}, piece{Slot: slotTo},
		piece{Text: "\r\nSubject: " + string(appendText(nil, r.subject)) + "\r\nMessage-ID: <"}, piece{Slot: slotID},
		piece{Text: "@" + r.settings.domain + ">\r\n" +
			"Auto-Submitted: auto-generated\r\n" + // RFC 3834 §5
			"X-Auto-Response-Suppress: All\r\n"}) // Exchange; an automatic reply would quote the password
	if r.html == nil {
		f.add(piece{Text: "MIME-Version: 1.0" + partHeader("text/plain")})
		f.addBody(r.text, asText)
		return f
	}
	f.add(piece{Text: "Content-Language: " + r.words.tag + "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\""},
		piece{Slot: slotBoundary}, piece{Text: "\"\r\n\r\n--"}, piece{Slot: slotBoundary},
		piece{Text: partHeader("text/plain")})
	f.addBody(r.text, asText)
	f.add(piece{Text: "\r\n--"}, piece{Slot: slotBoundary}, piece{Text: partHeader("text/html")})
	f.addBody(r.html, asHTML)
	f.add(piece{Text: "\r\n--"}, piece{Slot: slotBoundary}, piece{Text: "--\r\n"})
	return f
}

func partHeader(media string) string {
	return "\r\nContent-Type: " + media + "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
}

// addBody appends a part. Each slot is at the start of a line, with soft line breaks
// around it if the text has none, so that its value neither moves the text around it
// nor makes a line too long.
func (f *form) addBody(parts []part, as encoding) {
	const soft = "=\r\n"
	midLine, afterSlot := false, false
	for _, p := range parts {
		if p.slot != "" {
			if midLine || afterSlot {
				f.add(piece{Text: soft})
			}
			f.add(piece{Slot: p.slot, As: as})
			midLine, afterSlot = false, true
			continue
		}
		if afterSlot && !strings.HasPrefix(p.text, "\n") {
			f.add(piece{Text: soft})
		}
		f.add(piece{Text: string(appendQP(nil, p.text))})
		midLine, afterSlot = !strings.HasSuffix(p.text, "\n"), false
	}
}
