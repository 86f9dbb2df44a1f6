// Package seal keeps secrets at rest: it seals the password of a delivery for
// the time between ISSUE and the mail, and holds the keys of the one-way values
// of mailed passwords. The keys are in a file outside the database.
//
// # The file
//
// One JSON file, mode 0600, with two Tink keysets in the clear: "aead"
// (AES-256-GCM) seals, "prf" (HMAC-SHA-256) is the one-way function. It is
// written to a temporary file beside it, synced and renamed, so that it is
// whole or absent. Each keyset has one primary key, used for new values, and
// retired ones, which still open and verify. Whatever is stored names its key.
//
// The file is written only by Create and Rotate, which somebody asks for by
// name. A missing file, or one that lacks a key the database needs, is an
// error that says so: new keys in its place would turn every password that is
// under way into one that nobody can send and every mailed one into one that
// does not log in.
//
//	Create ──► file with one key each
//	             │ Rotate: a new primary, the others retired
//	             ▼
//	           file with more keys ──► Reload in a running server: swapped at once
//
// # Who, what stops them, what is left
//
// Whoever steals the database, its log, a disk block or a backup has
// ciphertext and keyed one-way values: without this file they give nothing
// away. Keep it out of the database's backups.
//
// Whoever can write to the database, but not read the file, may swap rows:
// a sealed value is bound to its delivery and user by its associated data, and
// does not open in another row.
//
// Whoever reads the file as well can open what is sealed at that moment: the
// passwords between ISSUE and the acceptance of their mail, which is seconds.
// From older copies of the database they can open those of deliveries long
// ended, whose passwords no longer log in. They cannot compute passwords from
// the one-way values: these have at least 112 bits of their own.
//
// The keys are in the clear in the file (Tink calls that "insecure cleartext
// keyset"), on purpose: the server must start without anybody present, so
// whatever would encrypt the file would need its own key beside it. The
// file's mode, its owner and, under systemd, the unit's credentials are what
// guards it; the file is refused when others can read it. What is left:
// root on the machine, and the memory of the running process.
package seal
