package view

// PauseWords say to Members that sending is paused.
type PauseWords struct {
	Paused string
	Since  string // has the moment in place of %s
	Wait   string
}

// WordsOfPause are in the languages of WordsOfChange, by their tags.
var WordsOfPause = map[string]PauseWords{
	"en": {Paused: "Sending is paused", Since: "since %s.", Wait: "New passwords are mailed when the pause ends."},
	"de": {Paused: "Der Versand ist angehalten", Since: "seit %s.", Wait: "Neue Passwörter werden verschickt, sobald er weitergeht."},
	"fr": {Paused: "L’envoi est suspendu", Since: "depuis le %s.", Wait: "Les nouveaux mots de passe seront envoyés dès qu’il reprendra."},
	"es": {Paused: "El envío está en pausa", Since: "desde el %s.", Wait: "Las contraseñas nuevas se enviarán cuando se reanude."},
}
