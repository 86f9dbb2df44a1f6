// Tells the server the time zone of the browser, for whoever has set none. The first page
// shows times in the zone of the system.
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`rekey-zone=${zone}`)) {
  document.cookie = `rekey-zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

// At the set-up the zone is chosen already.
for (const select of document.querySelectorAll("[data-zone-of-browser] select")) {
  if (select.value === "" && [...select.options].some((option) => option.value === zone)) select.value = zone;
}
