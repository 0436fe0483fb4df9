// Before anything is drawn: the colours that were chosen in this browser. A classic script, so that nothing flashes.
try {
  const theme = localStorage.getItem("desk-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* the system's colours then */ }
