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

// A SQLite file and its write-ahead log belong together. SQLite replays a log into
// any file next to it, even into a copy that a person put there. That undoes or
// damages the copy. So the file contains a mark, and a small file next to it
// contains the same mark. Each start and each backup writes a new one. Unequal
// marks mean that the file is not the one that was last used. Then it is not
// opened.
//
// The mark is SQLite's user_version in the header of the file, which can be read
// without opening the database. A file copied while a server ran has the same mark
// and is not noticed.

// userVersionAt is the offset of user_version in the file's header, four bytes
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
		return 0, nil // the file is still empty
	} else if err != nil {
		return 0, err
	}
	return endian.BigEndian.Uint32(header[userVersionAt:]), nil
}

// marksBeside reads the marks next to a file: one, or two while a new one is being
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

// checkMark refuses a file that is not the one last used under its name.
//
// Errors: CodeConflict, naming the field database and saying what to do.
func checkMark(path string) error {
	var own uint32
	// A starting server writes both marks, one after the other.
	for range 5 {
		marks, found, err := marksBeside(path)
		if err != nil || !found {
			return err
		}
		if own, err = markOf(path); errors.Is(err, fs.ErrNotExist) {
			return notThis(rekey.CodeConflict, fmt.Sprintf(
				"%s is missing, but the files beside it exist. It was deleted or moved, or a restore was interrupted. "+
					"Put it back, or restore a backup: rekey restore, with the server's --config. Only to start again with an empty database, delete %s.", path, markPath(path)), nil)
		}
		if err != nil || slices.Contains(marks, own) {
			return err
		}
		time.Sleep(20 * time.Millisecond) //nolint:forbidigo // another process is about to write a file
	}
	return notThis(rekey.CodeConflict, fmt.Sprintf(
		"%s is not the file that was last used here: another file was copied in its place. The files beside it, such as %s-wal, belong to the old one. "+
			"It was not opened, because that would damage it. Move it away and restore it from there, with the server's settings: "+
			"mv %s %s.copy && rekey restore --config FILE %s.copy", path, filepath.Base(path), path, path, path), nil)
}

// NewMark writes a new mark into a SQLite file and next to it. On PostgreSQL it
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
	// A reader may delay the checkpoint. Then both marks stay next to the file, and
	// both are valid.
	if err := checkpoint(s.writer.db, waitForWriters); err != nil { //nolint:contextcheck // it lives longer than the call
		return unwritable(fmt.Errorf("mark: %w", err))
	}
	if now, err := markOf(path); err != nil || now != next {
		return err
	}
	return writeMarks(path, next)
}

// writeMarks replaces the marks next to a file, durably.
func writeMarks(path string, marks ...uint32) error {
	words := make([]string, len(marks))
	for i, m := range marks {
		words[i] = strconv.FormatUint(uint64(m), 16)
	}
	return replaceFile(markPath(path), []byte(strings.Join(words, "\n")+"\n"), path)
}

// replaceFile writes a file that only its owner may read. After a crash either the
// old or the new one exists. It gets the owner of the file like.
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

// syncFolder makes changed names in a folder durable.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
