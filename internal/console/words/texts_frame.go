package words

// frameTexts are on many pages: around the content, on forms, in lists.
var frameTexts = []text{
	{"Skip to the content", "Zum Inhalt springen", "Aller au contenu", "Ir al contenido"},
	{"Log out", "Abmelden", "Se déconnecter", "Cerrar sesión"},
	{"Menu", "Menü", "Menu", "Menú"},
	{"Main", "Hauptmenü", "Menu principal", "Menú principal"},
	{"Breadcrumb", "Wo Sie sind", "Vous êtes ici", "Está aquí"},
	{"Home", "Zur Startseite", "Accueil", "Inicio"},
	{"Back", "Zurück", "Retour", "Volver"},
	{"Account", "Konto", "Compte", "Cuenta"},
	{"Light or dark", "Hell oder dunkel", "Clair ou sombre", "Claro u oscuro"},
	{"Switch between light and dark", "Zwischen hell und dunkel wechseln", "Passer du clair au sombre", "Cambiar entre claro y oscuro"},
	{"Help and shortcuts", "Hilfe und Tastenkürzel", "Aide et raccourcis", "Ayuda y atajos"},
	{"Error: %s", "Fehler: %s", "Erreur : %s", "Error: %s"},
	{"Please correct this:", "Bitte korrigieren Sie dies:", "À corriger :", "Corrija esto:"},
	{"Please correct %d things:", "Bitte korrigieren Sie %d Angaben:", "%d points à corriger :", "Corrija %d datos:"},
	{"optional", "freiwillig", "facultatif", "opcional"},
	{"Show", "Zeigen", "Afficher", "Mostrar"},
	{"Hide", "Verbergen", "Masquer", "Ocultar"},
	{"Copy", "Kopieren", "Copier", "Copiar"},
	{"Copied", "Kopiert", "Copié", "Copiado"},

	{"Sending is paused", "Der Versand ist angehalten", "L’envoi est suspendu", "El envío está en pausa"},
	{"since %s.", "seit %s.", "depuis le %s.", "desde el %s."},
	{"New passwords are mailed when the pause ends.", "Neue Passwörter werden verschickt, sobald er weitergeht.", "Les nouveaux mots de passe seront envoyés dès qu’il reprendra.", "Las contraseñas nuevas se enviarán cuando se reanude."},

	{layoutMoment, "02.01.2006, 15:04 MST", "02/01/2006 à 15:04 MST", "02/01/2006, 15:04 MST"},
	{layoutExact, "02.01.2006, 15:04:05 MST", "02/01/2006 à 15:04:05 MST", "02/01/2006, 15:04:05 MST"},
	{layoutDay, "02.01.2006", "02/01/2006", "02/01/2006"},
	{"just now", "gerade eben", "à l’instant", "ahora mismo"},
	{"%s ago", "vor %s", "il y a %s", "hace %s"},
	{"in %s", "in %s", "dans %s", "dentro de %s"},
	{"%d s", "%d s", "%d s", "%d s"},
	{"%d min", "%d min", "%d min", "%d min"},
	{"%d h", "%d h", "%d h", "%d h"},
	{"%d days", "%d Tagen", "%d jours", "%d días"},
}
