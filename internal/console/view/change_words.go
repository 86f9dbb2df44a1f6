package view

// ChangeWords are the words of the page where somebody who came in with a mailed
// password chooses their own. Members read it, so it speaks their language.
type ChangeWords struct {
	Lang string // BCP 47
	// Moment is how a moment is written, as a layout of the package time.
	Moment string

	Title, Welcome string // of the page; of the page for a first password
	Ready          string // for a first password; has the name of the system in place of %s
	Choose         string // in place of Ready, for any other
	ChooseAPI      string // in place of both, for an account of programs
	Valid          string // has the moment in place of %s
	Calls          string // to a Hybrid user whose programs call the API

	Current, CurrentHint, New, Again, Set string
	Takes, Strength, HowTo                string
	Skip, LeaveText, ShowText, HideText   string
	// Grades are the five strengths, from the weakest on.
	Grades [5]string
	// Fulfilled and NotYet follow a rule, for screen readers.
	Fulfilled, NotYet string
	// Rules are the phrases for the rules of the policy, by name. Length has the
	// least number of characters in place of %s.
	Rules map[string]string
}

// WordsOfChange are in the languages of the mails; the first is the default. In
// French no-break spaces (U+00A0) stand inside quotation marks and before : ; ? !
var WordsOfChange = []ChangeWords{{
	Lang: "en", Moment: "2 January 2006, 15:04 MST",
	Title: "Choose your own password", Welcome: "Welcome! Choose your own password",
	Ready:     "Welcome to %s. Your account is ready. The password from the mail opens only this page: choose your own, and log in with that one from now on.",
	Choose:    "The password from the mail opens only this page: choose your own to go on.",
	ChooseAPI: "The password from the mail opens only this page: choose the password that your program is to call the API with.",
	Valid:     "The password from the mail is valid until %s.",
	Calls:     "Programs have called the API with your account and password in the last 90 days. Once you have chosen a new password, they fail with wrong credentials until their configuration is changed.",
	Current:   "Password from the mail", CurrentHint: "Paste it once more.", New: "New password", Again: "New password again", Set: "Set the new password",
	Takes: "What it takes:", Strength: "Strength", HowTo: "How to choose a secure password",
	Skip: "Skip to the content", LeaveText: "Log out", ShowText: "Show", HideText: "Hide",
	Grades: [5]string{"very weak", "weak", "fair", "good", "strong"}, Fulfilled: "fulfilled", NotYet: "not yet",
	Rules: map[string]string{
		"text": "Only characters that can be typed", "length": "%s to 128 characters", "common": "Not a common password",
		"personal": "Without your name, your address or “Rekey”", "strength": "Hard to guess", "lower": "A lower-case letter",
		"upper": "An upper-case letter", "digit": "A digit", "symbol": "A symbol, such as - or !",
	},
}, {
	Lang: "de", Moment: "02.01.2006, 15:04 MST",
	Title: "Wählen Sie Ihr eigenes Passwort", Welcome: "Willkommen: Wählen Sie Ihr Passwort",
	Ready:     "Willkommen bei %s. Ihr Konto ist eingerichtet. Das Passwort aus der E-Mail öffnet nur diese Seite: Wählen Sie Ihr eigenes, und melden Sie sich von nun an damit an.",
	Choose:    "Das Passwort aus der E-Mail öffnet nur diese Seite: Wählen Sie Ihr eigenes, dann geht es weiter.",
	ChooseAPI: "Das Passwort aus der E-Mail öffnet nur diese Seite: Wählen Sie das Passwort, mit dem Ihr Programm die API aufrufen soll.",
	Valid:     "Das Passwort aus der E-Mail gilt bis %s.",
	Calls:     "In den letzten 90 Tagen haben Programme die API mit Ihrem Konto und Passwort aufgerufen. Sobald Sie ein neues Passwort gewählt haben, scheitern sie an falschen Zugangsdaten, bis ihre Konfiguration geändert ist.",
	Current:   "Passwort aus der E-Mail", CurrentHint: "Fügen Sie es noch einmal ein.", New: "Neues Passwort", Again: "Neues Passwort wiederholen", Set: "Neues Passwort setzen",
	Takes: "Was dafür nötig ist:", Strength: "Stärke", HowTo: "So wählen Sie ein sicheres Passwort (englisch)",
	Skip: "Zum Inhalt springen", LeaveText: "Abmelden", ShowText: "Zeigen", HideText: "Verbergen",
	Grades: [5]string{"sehr schwach", "schwach", "mäßig", "gut", "stark"}, Fulfilled: "erfüllt", NotYet: "noch nicht",
	Rules: map[string]string{
		"text": "Nur Zeichen, die man tippen kann", "length": "%s bis 128 Zeichen", "common": "Kein häufiges Passwort",
		"personal": "Ohne Ihren Namen, Ihre Adresse oder „Rekey“", "strength": "Schwer zu erraten", "lower": "Ein Kleinbuchstabe",
		"upper": "Ein Großbuchstabe", "digit": "Eine Ziffer", "symbol": "Ein Sonderzeichen, etwa - oder !",
	},
}, {
	Lang: "fr", Moment: "02/01/2006 à 15:04 MST",
	Title: "Choisissez votre mot de passe", Welcome: "Bienvenue : choisissez votre mot de passe",
	Ready:     "Bienvenue sur %s. Votre compte est prêt. Le mot de passe du message n’ouvre que cette page : choisissez le vôtre, avec lequel vous vous connecterez désormais.",
	Choose:    "Le mot de passe du message n’ouvre que cette page : choisissez le vôtre pour continuer.",
	ChooseAPI: "Le mot de passe du message n’ouvre que cette page : choisissez le mot de passe avec lequel votre programme appellera l’API.",
	Valid:     "Le mot de passe du message est valable jusqu’au %s.",
	Calls:     "Au cours des 90 derniers jours, des programmes ont appelé l’API avec votre compte et votre mot de passe. Dès que vous aurez choisi un nouveau mot de passe, ils échoueront (identifiants incorrects) jusqu’à ce que leur configuration soit modifiée.",
	Current:   "Mot de passe du message", CurrentHint: "Collez-le encore une fois.", New: "Nouveau mot de passe", Again: "Nouveau mot de passe, encore une fois", Set: "Définir le nouveau mot de passe",
	Takes: "Conditions :", Strength: "Solidité", HowTo: "Comment choisir un mot de passe sûr (en anglais)",
	Skip: "Aller au contenu", LeaveText: "Se déconnecter", ShowText: "Afficher", HideText: "Masquer",
	Grades: [5]string{"très faible", "faible", "moyenne", "bonne", "forte"}, Fulfilled: "remplie", NotYet: "pas encore",
	Rules: map[string]string{
		"text": "Uniquement des caractères que l’on peut saisir", "length": "De %s à 128 caractères", "common": "Pas un mot de passe courant",
		"personal": "Sans votre nom, votre adresse ni « Rekey »", "strength": "Difficile à deviner", "lower": "Une lettre minuscule",
		"upper": "Une lettre majuscule", "digit": "Un chiffre", "symbol": "Un symbole, tel que - ou !",
	},
}, {
	Lang: "es", Moment: "02/01/2006, 15:04 MST",
	Title: "Elija su propia contraseña", Welcome: "Le damos la bienvenida: elija su contraseña",
	Ready:     "Le damos la bienvenida a %s. Su cuenta está lista. La contraseña del mensaje solo abre esta página: elija la suya, con la que accederá a partir de ahora.",
	Choose:    "La contraseña del mensaje solo abre esta página: elija la suya para continuar.",
	ChooseAPI: "La contraseña del mensaje solo abre esta página: elija la contraseña con la que su programa llamará a la API.",
	Valid:     "La contraseña del mensaje es válida hasta el %s.",
	Calls:     "En los últimos 90 días, algunos programas han llamado a la API con su cuenta y su contraseña. En cuanto elija una contraseña nueva, fallarán por credenciales incorrectas hasta que se cambie su configuración.",
	Current:   "Contraseña del mensaje", CurrentHint: "Péguela una vez más.", New: "Contraseña nueva", Again: "Contraseña nueva otra vez", Set: "Establecer la contraseña nueva",
	Takes: "Qué hace falta:", Strength: "Seguridad", HowTo: "Cómo elegir una contraseña segura (en inglés)",
	Skip: "Ir al contenido", LeaveText: "Cerrar sesión", ShowText: "Mostrar", HideText: "Ocultar",
	Grades: [5]string{"muy débil", "débil", "aceptable", "buena", "fuerte"}, Fulfilled: "cumplida", NotYet: "todavía no",
	Rules: map[string]string{
		"text": "Solo caracteres que se pueden teclear", "length": "De %s a 128 caracteres", "common": "No es una contraseña habitual",
		"personal": "Sin su nombre, su dirección ni «Rekey»", "strength": "Difícil de adivinar", "lower": "Una letra minúscula",
		"upper": "Una letra mayúscula", "digit": "Una cifra", "symbol": "Un símbolo, como - o !",
	},
}}
