package console

// Routes are the methods and patterns of all routes there are.
func Routes() []string {
	var list []string
	for _, r := range (&Console{}).table() {
		list = append(list, r.method+" "+r.path)
	}
	return list
}

// OldPasswordText says what a delivery did to the chosen password.
var OldPasswordText = oldPasswordText
