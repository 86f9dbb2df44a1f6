package access

import (
	"testing"

	"rekey"
)

// What each call to the API costs before it does anything.
func BenchmarkCall(b *testing.B) {
	f := setup(b)
	u := f.user(rekey.TypeAPI)
	token := f.token(u)
	b.Run("remembered password", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := f.basic(u, chosen); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("token", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := f.Bearer(b.Context(), token); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
