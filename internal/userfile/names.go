package userfile

// otherNames are other names of columns, by the field that they hold: those that Excel,
// LibreOffice, Google Workspace, Microsoft Entra, Active Directory, Okta and SCIM
// write, and those in the languages of the mails. Upper case, blanks, hyphens and the
// like do not matter.
var otherNames = map[string][]string{
	"address": {
		"email", "email address", "mail", "mail address", "primary email", "primary email address", "primary smtp address", "work email", "business email", "company email", "user email", "emails.value", "email 1", "e-mail 1 - value",
		"e-mail-adresse", "mail-adresse", "courriel", "adresse e-mail", "adresse mail", "adresse électronique", "correo", "correo electrónico", "dirección de correo electrónico",
	},
	"first_name": {"given name", "forename", "first", "name.given_name", "vorname", "prénom", "prenom", "nombre"},
	"last_name":  {"surname", "family name", "last", "sn", "name.family_name", "nachname", "familienname", "nom", "nom de famille", "apellido", "apellidos"},
	"role":       {"user role", "rolle", "rôle", "rol"},
	"language":   {"lang", "language tag", "preferred language", "sprache", "bevorzugte sprache", "langue", "idioma"},
	"time_zone":  {"tz", "zone info", "zeitzone", "fuseau horaire", "zona horaria"},
}

// namesInstead are names that hold the field if no other column does. Exports have such
// a column beside: a log-in name that need not be an address, a locale beside a
// language.
var namesInstead = map[string][]string{
	"address": {
		"user name", "login", "login name", "logon name", "user logon name", "user principal name", "upn",
		"benutzername", "anmeldename", "identifiant", "nom d'utilisateur", "usuario", "nombre de usuario",
	},
	"language": {"locale", "culture"},
}
