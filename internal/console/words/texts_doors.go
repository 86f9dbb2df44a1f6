package words

// doorTexts are on the pages for logging in, and for asking for a new password.
var doorTexts = []text{
	{"Log in", "Anmelden", "Se connecter", "Iniciar sesión"},
	{"Email address", "E-Mail-Adresse", "Adresse e-mail", "Dirección de correo"},
	{"Password", "Passwort", "Mot de passe", "Contraseña"},
	{
		"Your own password, or the one from a mail.",
		"Ihr eigenes Passwort oder das aus einer E-Mail.",
		"Votre propre mot de passe, ou celui d’un e-mail.",
		"Su propia contraseña, o la de un correo.",
	},
	{"Forgot your password?", "Passwort vergessen?", "Mot de passe oublié ?", "¿Ha olvidado su contraseña?"},
	{
		"You get a new password by mail. It opens the page where you choose your own. Your old password works until then.",
		"Sie bekommen ein neues Passwort per E-Mail. Es öffnet die Seite, auf der Sie Ihr eigenes wählen. Bis dahin gilt Ihr altes Passwort.",
		"Vous recevez un nouveau mot de passe par e-mail. Il ouvre la page où vous choisissez le vôtre. D’ici là, votre ancien mot de passe reste valable.",
		"Recibirá una contraseña nueva por correo. Abre la página donde elige la suya. Hasta entonces, su contraseña anterior es válida.",
	},
	{"Send me a new password", "Neues Passwort senden", "M’envoyer un nouveau mot de passe", "Enviarme una contraseña nueva"},
	{"Back to the log-in", "Zurück zur Anmeldung", "Retour à la connexion", "Volver al inicio de sesión"},
	{"Check your mailbox", "Sehen Sie in Ihr Postfach", "Consultez votre messagerie", "Consulte su correo"},
	{
		"If this address has an account here, a mail with a new password is on its way. Your old password works until you have chosen a new one.",
		"Wenn es zu dieser Adresse hier ein Konto gibt, ist eine E-Mail mit einem neuen Passwort unterwegs. Ihr altes Passwort gilt, bis Sie ein neues gewählt haben.",
		"Si cette adresse a un compte ici, un e-mail avec un nouveau mot de passe est en route. Votre ancien mot de passe reste valable jusqu’à ce que vous en ayez choisi un nouveau.",
		"Si esta dirección tiene una cuenta aquí, un correo con una contraseña nueva está en camino. Su contraseña anterior es válida hasta que elija una nueva.",
	},
	{
		"No mail after a few minutes? Check your spam folder, and check the address.",
		"Nach ein paar Minuten noch keine E-Mail? Sehen Sie im Spam-Ordner nach, und prüfen Sie die Adresse.",
		"Pas d’e-mail après quelques minutes ? Regardez dans vos courriers indésirables et vérifiez l’adresse.",
		"¿No llega nada en unos minutos? Mire en la carpeta de correo no deseado y compruebe la dirección.",
	},
	{
		"Each address gets at most one mail in 15 minutes, and three in 24 hours. An account that only programs use gets none: ask the person who manages it.",
		"Jede Adresse bekommt höchstens eine E-Mail in 15 Minuten und drei in 24 Stunden. Ein Konto, das nur Programme benutzen, bekommt keine: Fragen Sie, wer es verwaltet.",
		"Chaque adresse reçoit au plus un e-mail par 15 minutes et trois en 24 heures. Un compte utilisé par des programmes seulement n’en reçoit pas : demandez à la personne qui le gère.",
		"Cada dirección recibe como máximo un correo cada 15 minutos y tres en 24 horas. Una cuenta que solo usan programas no recibe ninguno: pregunte a quien la administra.",
	},

	{"You are logged out.", "Sie sind abgemeldet.", "Déconnexion effectuée.", "Ha cerrado la sesión."},
	{
		"Your session has ended. Please log in again.",
		"Ihre Sitzung ist beendet. Bitte melden Sie sich neu an.",
		"Votre session est terminée. Veuillez vous reconnecter.",
		"Su sesión ha terminado. Vuelva a iniciar sesión.",
	},
	{
		"Your password was changed or revoked, and this session has ended. Log in with your newest password.",
		"Ihr Passwort wurde geändert oder widerrufen, und diese Sitzung ist beendet. Melden Sie sich mit Ihrem neuesten Passwort an.",
		"Votre mot de passe a été changé ou révoqué, et cette session est terminée. Connectez-vous avec votre mot de passe le plus récent.",
		"Su contraseña se cambió o se revocó, y esta sesión ha terminado. Inicie sesión con su contraseña más reciente.",
	},
	{
		"The password from the mail no longer works: it has expired, or a newer mail replaced it. Use the newest mail, or ask for another.",
		"Das Passwort aus der E-Mail gilt nicht mehr: Es ist abgelaufen, oder eine neuere E-Mail hat es ersetzt. Nehmen Sie die neueste E-Mail, oder fordern Sie eine weitere an.",
		"Le mot de passe de l’e-mail n’est plus valable : il a expiré, ou un e-mail plus récent l’a remplacé. Utilisez le plus récent, ou demandez-en un autre.",
		"La contraseña del correo ya no es válida: ha caducado, o un correo más reciente la ha sustituido. Use el más reciente o pida otro.",
	},
	{
		"You are no longer logged in. You may have logged out in another window. Please log in again.",
		"Sie sind nicht mehr angemeldet. Vielleicht haben Sie sich in einem anderen Fenster abgemeldet. Bitte melden Sie sich neu an.",
		"Votre session n’est plus ouverte. Vous l’avez peut-être fermée dans une autre fenêtre. Veuillez vous reconnecter.",
		"Ya no tiene la sesión abierta. Quizá la cerró en otra ventana. Vuelva a iniciar sesión.",
	},
	{
		"What you typed is kept for an hour. After you log in, you see it again and can send it.",
		"Was Sie eingegeben haben, bleibt eine Stunde erhalten. Nach der Anmeldung sehen Sie es wieder und können es senden.",
		"Ce que vous avez saisi est conservé une heure. Après la connexion, vous le retrouvez et pouvez l’envoyer.",
		"Lo que ha escrito se conserva una hora. Después de iniciar sesión lo verá de nuevo y podrá enviarlo.",
	},
	{
		"Nothing was saved, because your session had ended. What you typed is here again: check it, and send it.",
		"Es wurde nichts gespeichert, weil Ihre Sitzung beendet war. Hier ist wieder, was Sie eingegeben haben: Prüfen Sie es, und senden Sie es ab.",
		"Rien n’a été enregistré, car votre session était terminée. Voici de nouveau ce que vous avez saisi : vérifiez-le, puis envoyez-le.",
		"No se guardó nada, porque su sesión había terminado. Aquí está de nuevo lo que escribió: compruébelo y envíelo.",
	},
	{
		"What was typed before is not shown, because it belongs to another account or is more than an hour old.",
		"Was vorher eingegeben wurde, wird nicht gezeigt, denn es gehört zu einem anderen Konto oder ist älter als eine Stunde.",
		"Ce qui avait été saisi n’est pas affiché, car cela appartient à un autre compte ou date de plus d’une heure.",
		"Lo que se escribió antes no se muestra, porque pertenece a otra cuenta o tiene más de una hora.",
	},
}
