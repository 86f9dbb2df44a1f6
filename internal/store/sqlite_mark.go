package store

import (
	"context"
	"crypto/rand"
	endian "encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"rekey"
)

// A file of SQLite and its write-ahead log belong together. SQLite replays a log
// into whatever file it finds beside it, also into a copy that somebody has put
// there: that undoes the copy, or damages it. So a file carries a mark, and the
// same mark stands in a small file beside it. Each start and each backup writes a
// new one. Unequal marks say that the file is not the one that was last used; it
// is then not even opened.
//
// The mark is SQLite's user_version: it is in the header of the file, where it can
// be read without opening the database. What was copied while a server ran has the
// same mark and cannot be told.

// userVersionAt is where the header of a file has it, as four bytes
// (https://sqlite.org/fileformat2.html#user_version_number).
const userVersionAt = 60

func markPath(path string) string { return path + ".mark" }

// markOf reads the mark in a file; 0 if it has none.
func markOf(path string) (uint32, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	var header [userVersionAt + 4]byte
	if _, err := io.ReadFull(file, header[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, nil // nothing is in it yet
	} else if err != nil {
		return 0, err
	}
	return endian.BigEndian.Uint32(header[userVersionAt:]), nil
}

// marksBeside reads the marks beside a file: one, or two while another is being
// written. found is false if there is no such file.
func marksBeside(path string) (marks []uint32, found bool, err error) {
	text, err := os.ReadFile(markPath(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	for word := range strings.FieldsSeq(string(text)) {
		n, err := strconv.ParseUint(word, 16, 32)
		if err != nil {
			return nil, true, fmt.Errorf("%s is damaged: %w", markPath(path), err)
		}
		marks = append(marks, uint32(n))
	}
	return marks, true, err
}

// checkMark refuses a file that is not the one that was last used under its name.
//
// Errors: CodeConflict, naming the field database and saying what to do.
func checkMark(path string) error {
	var own uint32
	// While a server starts both are written, one after the other.
	for range 5 {
		marks, found, err := marksBeside(path)
		if err != nil || !found {
			return err
		}
		if own, err = markOf(path); errors.Is(err, fs.ErrNotExist) {
			return notThis(rekey.CodeConflict, fmt.Sprintf(
				"%s is not there, but what stood beside it is. It was deleted or moved away, or a restore was interrupted. "+
					"Put it back, or restore a backup: rekey restore, with the server's --config. Only to begin anew with an empty database, delete %s.", path, markPath(path)), nil)
		}
		if err != nil || slices.Contains(marks, own) {
			return err
		}
		time.Sleep(20 * time.Millisecond) //nolint:forbidigo // another process is about to write a file
	}
	return notThis(rekey.CodeConflict, fmt.Sprintf(
		"%s is not the file that was last used here: another one was copied in its place, and what stands beside it, such as %s-wal, belongs to the one before. "+
			"It was not opened, since that would damage it. Move it away and restore it from there, with the server's settings: "+
			"mv %s %s.copy && rekey restore --config FILE %s.copy", path, filepath.Base(path), path, path, path), nil)
}

// NewMark writes a new mark into a file of SQLite and beside it. On PostgreSQL it
// does nothing.
func (db *DB) NewMark(ctx context.Context) error {
	s, ok := db.backend.(*sqlite)
	if !ok {
		return nil
	}
	path := s.path()
	before, err := markOf(path)
	if err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	var random [4]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	next := endian.BigEndian.Uint32(random[:])&^(1<<31) | 1 // positive, and never 0
	if err := writeMarks(path, before, next); err != nil {
		return err
	}
	if _, err := s.writer.db.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d", next)); err != nil {
		return unwritable(fmt.Errorf("mark: %w", err))
	}
	// A reader may keep the log from being written into the file. Then both marks
	// stay beside it, and both are right.
	if err := checkpoint(s.writer.db, waitForWriters); err != nil { //nolint:contextcheck // it lives longer than the call
		return unwritable(fmt.Errorf("mark: %w", err))
	}
	if now, err := markOf(path); err != nil || now != next {
		return err
	}
	return writeMarks(path, next)
}

// writeMarks replaces the marks beside a file, durably.
func writeMarks(path string, marks ...uint32) error {
	words := make([]string, len(marks))
	for i, m := range marks {
		words[i] = strconv.FormatUint(uint64(m), 16)
	}
	return replaceFile(markPath(path), []byte(strings.Join(words, "\n")+"\n"), path)
}

// replaceFile writes a file that only its owner may read, so that either the old
// or the new one is there after a crash. It belongs to whoever like belongs to.
func replaceFile(path string, content []byte, like string) (err error) {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return unwritable(err)
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	if err := giveToOwnerOf(like, path+".new"); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes names that were changed in a folder durable.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
