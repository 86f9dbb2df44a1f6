// Package seal keeps secrets at rest. It seals the password of a delivery between
// ISSUE and the mail. It also holds the keys of the one-way values of mailed
// passwords. The keys are in a file outside the database.
//
// # The file
//
// One JSON file, mode 0600, holds two unencrypted Tink keysets: "aead"
// (AES-256-GCM) seals, "prf" (HMAC-SHA-256) is the one-way function. It is written
// to a temporary file in the same folder, synced and renamed, so that it is whole
// or absent. Each keyset has one primary key for new values, and retired keys,
// which still open and verify. Each stored value names its key.
//
// Only Create and Rotate write the file. If it is missing, or lacks a key that the
// database needs, the error says so. New keys in its place would do harm: no
// pending password could be sent, and no mailed password would log in.
//
//	Create ──► file with one key each
//	             │ Rotate: a new primary, the others retired
//	             ▼
//	           file with more keys ──► Reload in a running server: swapped at once
//
// # Attacks
//
// An attacker who steals the database, its log, a disk block or a backup has only
// ciphertext and keyed one-way values. Without the key file these reveal nothing.
// Keep the file out of the database's backups.
//
// An attacker who can write to the database, but not read the file, may swap rows.
// A sealed value is bound to its delivery and user by its associated data, and does
// not open in another row.
//
// An attacker who also reads the file can open what is sealed at that moment:
// passwords between ISSUE and the acceptance of their mail, which is seconds. In
// older copies of the database they can open passwords that no longer log in. They
// cannot compute passwords from the one-way values, because each password has at
// least 112 random bits.
//
// The keys in the file are not encrypted (Tink: "insecure cleartext keyset"), on
// purpose. The server must start unattended, so a key for the file would have to
// lie next to it. The file's mode, its owner and, under systemd, the unit's
// credentials protect it. A file that others can read is refused. Root on the
// machine and the memory of the running process remain open to attack.
package seal
