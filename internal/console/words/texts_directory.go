package words

// directoryTexts are for people whose chosen password lives in a directory. The errors
// are those of the packages access and directory.
var directoryTexts = []text{
	{"Choose your new password for %s", "Neues Passwort für %s wählen", "Choisir un nouveau mot de passe pour %s", "Elija su contraseña nueva para %s"},
	{
		"The password from the mail opens only this page. Choose your new password for %s here, and use it there from then on.",
		"Das Passwort aus der Mail öffnet nur diese Seite. Wählen Sie hier Ihr neues Passwort für %s und verwenden Sie es dort von da an.",
		"Le mot de passe de l’e-mail n’ouvre que cette page. Choisissez ici votre nouveau mot de passe pour %s, puis utilisez-le là-bas.",
		"La contraseña del correo solo abre esta página. Elija aquí su contraseña nueva para %s y úsela allí desde entonces.",
	},
	{
		"Until then your old password works there, unless it was revoked.", "Bis dahin gilt dort Ihr altes Passwort, wenn es nicht widerrufen wurde.",
		"D’ici là, votre ancien mot de passe y reste valable, sauf s’il a été révoqué.", "Hasta entonces, su contraseña anterior es válida allí, salvo que se haya revocado.",
	},
	{"%s also wants at least %d characters.", "%s verlangt außerdem mindestens %d Zeichen.", "%s exige aussi au moins %d caractères.", "%s exige además al menos %d caracteres."},
	{
		"%s also wants three of these: upper case, lower case, digits, symbols. It must not contain a part of your name with three letters or more.",
		"%s verlangt außerdem drei davon: Großbuchstaben, Kleinbuchstaben, Ziffern, Sonderzeichen. Kein Teil Ihres Namens mit drei oder mehr Buchstaben darf vorkommen.",
		"%s exige aussi trois de ces éléments : majuscules, minuscules, chiffres, symboles. Aucune partie de votre nom de trois lettres ou plus ne doit y figurer.",
		"%s exige además tres de estos elementos: mayúsculas, minúsculas, cifras, símbolos. No debe contener ninguna parte de su nombre de tres letras o más.",
	},
	{
		"Your new password is set in the directory. Use it there from now on; on this page it does not log in.",
		"Ihr neues Passwort ist im Verzeichnis gesetzt. Verwenden Sie es ab jetzt dort; auf dieser Seite meldet es nicht an.",
		"Votre nouveau mot de passe est défini dans l’annuaire. Utilisez-le désormais là-bas ; sur cette page, il ne permet pas de se connecter.",
		"Su contraseña nueva está establecida en el directorio. Úsela allí a partir de ahora; en esta página no da acceso.",
	},
	{
		"The directory is no longer in the settings of this system. Please tell your help desk.", "Das Verzeichnis steht nicht mehr in den Einstellungen dieses Systems. Bitte sagen Sie es Ihrem Helpdesk.",
		"L’annuaire ne figure plus dans les paramètres de ce système. Veuillez en informer votre assistance.", "El directorio ya no figura en los ajustes de este sistema. Avise a su servicio de asistencia.",
	},
	{
		"The directory cannot be reached at the moment. Nothing was changed. Try again in a few minutes: the password from the mail still works.",
		"Das Verzeichnis ist im Moment nicht erreichbar. Nichts wurde geändert. Versuchen Sie es in ein paar Minuten wieder: Das Passwort aus der Mail gilt weiter.",
		"L’annuaire est injoignable pour le moment. Rien n’a été modifié. Réessayez dans quelques minutes : le mot de passe de l’e-mail reste valable.",
		"No se puede acceder al directorio en este momento. No se ha cambiado nada. Inténtelo de nuevo en unos minutos: la contraseña del correo sigue siendo válida.",
	},
	{
		"The directory did not answer. Your new password may already work there. If it does not, choose it here again.",
		"Das Verzeichnis hat nicht geantwortet. Vielleicht gilt Ihr neues Passwort dort schon. Wenn nicht, wählen Sie es hier noch einmal.",
		"L’annuaire n’a pas répondu. Votre nouveau mot de passe y est peut-être déjà valable. Sinon, choisissez-le ici une nouvelle fois.",
		"El directorio no ha respondido. Quizá su contraseña nueva ya sea válida allí. Si no, elíjala aquí de nuevo.",
	},
	{
		"Your password was changed in the directory at the same moment. The one that you entered here was not set. Choose it again if you want it.",
		"Ihr Passwort wurde im selben Moment im Verzeichnis geändert. Das hier eingegebene wurde nicht gesetzt. Wählen Sie es noch einmal, wenn Sie es wollen.",
		"Votre mot de passe a été modifié dans l’annuaire au même moment. Celui que vous avez saisi ici n’a pas été défini. Choisissez-le à nouveau si vous le souhaitez.",
		"Su contraseña se cambió en el directorio en el mismo momento. La que ha introducido aquí no se ha establecido. Elíjala de nuevo si la quiere.",
	},
	{
		"Your account is no longer in the directory. Please tell your help desk.", "Ihr Konto ist nicht mehr im Verzeichnis. Bitte sagen Sie es Ihrem Helpdesk.",
		"Votre compte n’est plus dans l’annuaire. Veuillez en informer votre assistance.", "Su cuenta ya no está en el directorio. Avise a su servicio de asistencia.",
	},
	{
		"Your account is disabled in the directory. Please tell your help desk.", "Ihr Konto ist im Verzeichnis deaktiviert. Bitte sagen Sie es Ihrem Helpdesk.",
		"Votre compte est désactivé dans l’annuaire. Veuillez en informer votre assistance.", "Su cuenta está desactivada en el directorio. Avise a su servicio de asistencia.",
	},
	{
		"An administrator locked your account in the directory. Please tell your help desk.", "Ein Administrator hat Ihr Konto im Verzeichnis gesperrt. Bitte sagen Sie es Ihrem Helpdesk.",
		"Un administrateur a verrouillé votre compte dans l’annuaire. Veuillez en informer votre assistance.", "Un administrador ha bloqueado su cuenta en el directorio. Avise a su servicio de asistencia.",
	},
	{
		"Your account has power over the directory, so its password is not set here. Please tell your help desk.", "Ihr Konto hat Macht über das Verzeichnis, deshalb wird sein Passwort nicht hier gesetzt. Bitte sagen Sie es Ihrem Helpdesk.",
		"Votre compte a des pouvoirs sur l’annuaire, c’est pourquoi son mot de passe n’est pas défini ici. Veuillez en informer votre assistance.", "Su cuenta tiene poder sobre el directorio, por eso su contraseña no se establece aquí. Avise a su servicio de asistencia.",
	},
	{
		"Your account in the directory belongs to a program, so its password is not set here. Please tell your help desk.", "Ihr Konto im Verzeichnis gehört einem Programm, deshalb wird sein Passwort nicht hier gesetzt. Bitte sagen Sie es Ihrem Helpdesk.",
		"Votre compte dans l’annuaire appartient à un programme, c’est pourquoi son mot de passe n’est pas défini ici. Veuillez en informer votre assistance.", "Su cuenta en el directorio pertenece a un programa, por eso su contraseña no se establece aquí. Avise a su servicio de asistencia.",
	},
	{
		"The directory has another email address for you by now. Please ask for a new password.", "Das Verzeichnis hat inzwischen eine andere E-Mail-Adresse von Ihnen. Bitte fordern Sie ein neues Passwort an.",
		"L’annuaire a désormais une autre adresse e-mail pour vous. Veuillez demander un nouveau mot de passe.", "El directorio tiene ahora otra dirección de correo electrónico suya. Pida una contraseña nueva.",
	},
	{
		"The directory has another email address for you by now. Please ask your help desk to confirm your new address.", "Das Verzeichnis hat inzwischen eine andere E-Mail-Adresse von Ihnen. Bitte lassen Sie Ihre neue Adresse von Ihrem Helpdesk bestätigen.",
		"L’annuaire a désormais une autre adresse e-mail pour vous. Veuillez demander à votre assistance de confirmer votre nouvelle adresse.", "El directorio tiene ahora otra dirección de correo electrónico suya. Pida a su servicio de asistencia que confirme la dirección nueva.",
	},
	{"The password is too short for the directory.", "Das Passwort ist zu kurz für das Verzeichnis.", "Le mot de passe est trop court pour l’annuaire.", "La contraseña es demasiado corta para el directorio."},
	{
		"The password is too short: the directory wants at least %d characters.", "Das Passwort ist zu kurz: Das Verzeichnis verlangt mindestens %d Zeichen.",
		"Le mot de passe est trop court : l’annuaire exige au moins %d caractères.", "La contraseña es demasiado corta: el directorio exige al menos %d caracteres.",
	},
	{
		"The password is too simple for the directory. Mix upper case, lower case, digits and symbols, and leave out parts of the name.",
		"Das Passwort ist zu einfach für das Verzeichnis. Mischen Sie Großbuchstaben, Kleinbuchstaben, Ziffern und Sonderzeichen, und lassen Sie Teile des Namens weg.",
		"Le mot de passe est trop simple pour l’annuaire. Mélangez majuscules, minuscules, chiffres et symboles, sans parties du nom.",
		"La contraseña es demasiado sencilla para el directorio. Mezcle mayúsculas, minúsculas, cifras y símbolos, sin partes del nombre.",
	},
	{"This password was used before. Choose another one.", "Dieses Passwort wurde schon einmal verwendet. Wählen Sie ein anderes.", "Ce mot de passe a déjà été utilisé. Choisissez-en un autre.", "Esta contraseña ya se ha usado. Elija otra."},
	{"This is the present password. Choose another one.", "Das ist das jetzige Passwort. Wählen Sie ein anderes.", "C’est le mot de passe actuel. Choisissez-en un autre.", "Esta es la contraseña actual. Elija otra."},
	{"The directory does not take this password. Choose another one.", "Das Verzeichnis nimmt dieses Passwort nicht an. Wählen Sie ein anderes.", "L’annuaire n’accepte pas ce mot de passe. Choisissez-en un autre.", "El directorio no acepta esta contraseña. Elija otra."},
	{
		"The directory does not allow another change yet: the present password is too new.", "Das Verzeichnis erlaubt noch keine weitere Änderung: Das jetzige Passwort ist zu neu.",
		"L’annuaire n’autorise pas encore un nouveau changement : le mot de passe actuel est trop récent.", "El directorio todavía no permite otro cambio: la contraseña actual es demasiado reciente.",
	},
	{
		"The directory wants the old password for each change, so Rekey cannot set a new one.", "Das Verzeichnis verlangt für jede Änderung das alte Passwort, deshalb kann Rekey kein neues setzen.",
		"L’annuaire exige l’ancien mot de passe pour chaque changement, donc Rekey ne peut pas en définir un nouveau.", "El directorio exige la contraseña anterior para cada cambio, por eso Rekey no puede establecer una nueva.",
	},
	{"Rekey may not set this password in the directory.", "Rekey darf dieses Passwort im Verzeichnis nicht setzen.", "Rekey n’est pas autorisé à définir ce mot de passe dans l’annuaire.", "Rekey no tiene permiso para establecer esta contraseña en el directorio."},
	{"Rekey does not write to this directory.", "Rekey schreibt nicht in dieses Verzeichnis.", "Rekey n’écrit pas dans cet annuaire.", "Rekey no escribe en este directorio."},
	{"Rekey cannot read the password policy of the directory.", "Rekey kann die Passwortregeln des Verzeichnisses nicht lesen.", "Rekey ne peut pas lire la politique de mots de passe de l’annuaire.", "Rekey no puede leer la política de contraseñas del directorio."},
}
