package app

import (
	"os"
	"testing"

	"rekey/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
