package rekey

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Waves say in which parts a run is sent: the first people, and then some more each hour.
// The run stops itself if too many mails are refused. The zero value means no waves.
type Waves struct {
	// First is how many people the first wave has.
	First Portion `json:"first"`
	// Then is how many people each later wave has. A wave begins an hour after the one
	// before.
	Then int `json:"then"`
	// StopAt is the share of refused mails above which the run stops itself; 5% if empty.
	StopAt Portion `json:"stop_at,omitempty"`
}

const (
	// WaveEvery is the time from the beginning of a wave to that of the next.
	WaveEvery = time.Hour
	// DefaultStopAt is the share of refused mails above which a run stops itself.
	DefaultStopAt Portion = "5%"
	// MinRefused is how many people must be refused at least before a run stops itself.
	MinRefused = 5
)

// Portion is a number of people, such as 100, or a share of them, such as 5%.
type Portion string

// UnmarshalJSON implements json.Unmarshaler. It takes numbers and texts; Validate refuses
// what is no portion.
func (p *Portion) UnmarshalJSON(text []byte) error {
	typed := string(text)
	if bytes.HasPrefix(text, []byte(`"`)) {
		if err := json.Unmarshal(text, &typed); err != nil {
			return err
		}
	}
	*p = Portion(TypedText(typed))
	return nil
}

// MarshalJSON implements json.Marshaler. A number of people is a number.
func (p Portion) MarshalJSON() ([]byte, error) {
	if n, err := strconv.Atoi(string(p)); err == nil {
		return []byte(strconv.Itoa(n)), nil
	}
	return json.Marshal(string(p))
}

// Percent returns a share in percent; 0 if p is no share from 1% to 100%.
func (p Portion) Percent() int {
	text, share := strings.CutSuffix(string(p), "%")
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if !share || err != nil || n < 1 || n > 100 {
		return 0
	}
	return n
}

// People returns a number of people; 0 if p is no number from 1 to MaxCeiling.
func (p Portion) People() int {
	n, err := strconv.Atoi(string(p))
	if err != nil || n < 1 || n > MaxCeiling {
		return 0
	}
	return n
}

// Of returns how many of total people the portion is: a share is rounded up.
func (p Portion) Of(total int) int {
	if percent := p.Percent(); percent > 0 {
		return (total*percent + 99) / 100
	}
	return min(total, p.People())
}

// IsZero reports whether there are no waves.
func (w Waves) IsZero() bool { return w == Waves{} }

// Validate names the fields "first", "then" and "stop_at".
func (w Waves) Validate() error {
	var p Problems
	if w.IsZero() {
		return nil
	}
	if w.First.People() == 0 && w.First.Percent() == 0 {
		p.Add("first", "Give a number of people, such as 100, or a share, such as 5%.")
	}
	if w.Then < 1 || w.Then > MaxCeiling {
		p.Add("then", "Give a number of people an hour from 1 to 10,000,000.")
	}
	if w.StopAt != "" && w.StopAt.Percent() == 0 {
		p.Add("stop_at", "Give a share from 1% to 100%, such as 5%.")
	}
	return p.Err()
}

// Stop returns StopAt, or its default.
func (w Waves) Stop() Portion {
	if w.StopAt == "" {
		return DefaultStopAt
	}
	return w.StopAt
}

// Stops reports whether a run with these outcomes stops itself.
func (w Waves) Stops(o Outcomes) bool {
	return o.Refused >= MinRefused && o.Refused*100 > o.Ended*w.Stop().Percent()
}

// Enough reports whether so many mails have ended that MinRefused of them are the share
// above which the run stops itself.
func (w Waves) Enough(o Outcomes) bool { return o.Ended*w.Stop().Percent() >= MinRefused*100 }

// Left returns how many people the current wave still lets in, after looked of total.
func (w Waves) Left(looked, total int) int {
	end := w.First.Of(total)
	if looked >= end && w.Then > 0 {
		end += w.Then * ((looked-end)/w.Then + 1)
	}
	return min(end, total) - looked
}

// Number returns the number of the wave that comes after looked of total people, from 1.
func (w Waves) Number(looked, total int) int {
	if first := w.First.Of(total); looked >= first && w.Then > 0 {
		return 2 + (looked-first)/w.Then
	}
	return 1
}

// Begins reports whether a wave begins after looked of total people.
func (w Waves) Begins(looked, total int) bool {
	first := w.First.Of(total)
	return looked == 0 || looked >= first && w.Then > 0 && (looked-first)%w.Then == 0
}

// Next returns when the wave after one at the moment t begins: in the hours of an execution
// day. If the time frame ends before, it returns the moment after its end.
func (w Waves) Next(a Automation, t time.Time) (time.Time, error) {
	zone, err := LoadZone(a.TimeZone)
	if err != nil {
		return time.Time{}, err
	}
	next := a.TimeFrame.Move(t.Add(WaveEvery), zone)
	if a.TimeFrame.Over(next) {
		next = a.TimeFrame.End.Add(time.Microsecond)
	}
	return next, nil
}

// Outcomes count the mails of a run that have come to an end.
type Outcomes struct {
	Ended   int // accepted by the mail server, or refused
	Refused int // refused for good, or given up
}

// Since returns the outcomes after those of before.
func (o Outcomes) Since(before Outcomes) Outcomes {
	return Outcomes{o.Ended - before.Ended, o.Refused - before.Refused}
}

// Text is the outcomes in words, such as "8 of 100 refused".
func (o Outcomes) Text() string {
	return strconv.Itoa(o.Refused) + " of " + strconv.Itoa(o.Ended) + " refused"
}
