package browser

import (
	"context"
	_ "embed" // what is asked inside the page
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed page.js
var pageScript string

// again is the first pause between two checks of a page; it grows up to rarely.
const again, rarely = 10 * time.Millisecond, 100 * time.Millisecond

// finding is the answer of a function of page.js.
type finding struct {
	Why string `json:"why"` // why there is nothing yet; "" if there is

	X, Y  float64
	Done  bool   `json:"done"`
	Empty bool   `json:"empty"`
	Text  string `json:"text"`
}

// Eval evaluates a JavaScript expression on the page, waits for it if it is a
// promise, and reads its value, as JSON, into what into points to; into may be
// nil.
func (t *Tab) Eval(ctx context.Context, expression string, into any) error {
	return t.evaluate(ctx, expression, into)
}

func (t *Tab) evaluate(ctx context.Context, expression string, into any) error {
	return t.evaluateIn(ctx, 0, expression, into)
}

// evaluateIn evaluates in a world of the page; 0 is that of its own scripts.
func (t *Tab) evaluateIn(ctx context.Context, world runtime.ExecutionContextID, expression string, into any) error {
	yes := true
	answer, err := cdp.Call(ctx, t.target, runtime.Evaluate, runtime.EvaluateParams{
		Expression: expression, ContextID: world, ReturnByValue: &yes, AwaitPromise: &yes, UserGesture: &yes,
	})
	if err != nil {
		return err
	}
	if answer.ExceptionDetails != nil {
		return &chromedp.ExceptionError{ExceptionDetails: answer.ExceptionDetails}
	}
	if into == nil || answer.Result.Value == nil {
		return nil
	}
	return json.Unmarshal(answer.Result.Value, into)
}

// ask calls a function of page.js.
func (t *Tab) ask(ctx context.Context, into any, function string, arguments ...any) error {
	texts := make([]string, len(arguments))
	for i, a := range arguments {
		text, err := json.Marshal(a)
		if err != nil {
			return err
		}
		texts[i] = string(text)
	}
	return t.evaluate(ctx, fmt.Sprintf("(() => {%s%s\nreturn %s(%s);})()", pageScript, overflowScript, function, strings.Join(texts, ", ")), into)
}

// until calls a function of page.js until it finds something.
func (t *Tab) until(ctx context.Context, what, function string, arguments ...any) (finding, error) {
	var f finding
	err := t.repeat(ctx, what, func() (string, error) {
		f = finding{}
		err := t.ask(ctx, &f, function, arguments...)
		return f.Why, err
	})
	return f, err
}

// repeat calls try until it returns no reason to wait. It also waits while another
// page is loading.
func (t *Tab) repeat(ctx context.Context, what string, try func() (why string, err error)) error {
	last := "the page did not answer"
	for pause := again; ; pause = min(2*pause, rarely) {
		why, err := try()
		var between *cdproto.Error
		switch {
		case err == nil && why == "":
			return nil
		case err == nil:
			last = why
		case ctx.Err() != nil:
		case errors.As(err, &between):
			last = between.Message
		default:
			return fmt.Errorf("%s: %w", what, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("%s: %s: %w", what, last, ctx.Err())
		}
	}
}

// See waits until a text can be read on the page; white space does not matter.
func (t *Tab) See(ctx context.Context, text string) error {
	_, err := t.until(ctx, fmt.Sprintf("see %q", text), "seen", text)
	return err
}

// WaitFor waits until an element of a CSS selector is visible.
func (t *Tab) WaitFor(ctx context.Context, selector string) error {
	_, err := t.Text(ctx, selector)
	return err
}

// WaitUntil waits until a JavaScript expression, which may await something, is
// true.
func (t *Tab) WaitUntil(ctx context.Context, condition string) error {
	return t.repeat(ctx, "wait until "+condition, func() (string, error) {
		var holds bool
		err := t.evaluate(ctx, "(async () => Boolean("+condition+"))()", &holds)
		if err != nil || holds {
			return "", err
		}
		return "it is not so", nil
	})
}

// Text waits until an element of a CSS selector is visible, and returns what
// can be read in the first such one.
func (t *Tab) Text(ctx context.Context, selector string) (string, error) {
	f, err := t.until(ctx, "look for "+selector, "read", selector)
	return f.Text, err
}

// Screenshot returns a picture of the whole page, as PNG, once it is at rest. The window
// is as high as the page meanwhile, so that sticky parts stay at its edges.
func (t *Tab) Screenshot(ctx context.Context) ([]byte, error) {
	if err := t.settle(ctx); err != nil {
		return nil, err
	}
	metrics, err := cdp.Call(ctx, t.target, page.GetLayoutMetrics, cdp.Empty{})
	if err != nil {
		return nil, err
	}
	width, height := metrics.CSSLayoutViewport.ClientWidth, metrics.CSSLayoutViewport.ClientHeight
	if content := int64(math.Ceil(metrics.CSSContentSize.Height)); content > height {
		if err := errors.Join(t.Size(ctx, int(width), int(content)), t.settle(ctx)); err != nil {
			return nil, err
		}
		defer func() { _ = t.Size(ctx, int(width), int(height)) }() // the next call reports a lost tab
	}
	yes := true
	picture, err := cdp.Call(ctx, t.target, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, FromSurface: &yes, CaptureBeyondViewport: &yes, OptimizeForSpeed: &yes,
		Clip: &page.Viewport{
			Width: float64(width), Height: metrics.CSSContentSize.Height, Scale: 1,
		},
	})
	return picture.Data, err
}
