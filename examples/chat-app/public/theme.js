// Runs before the first paint, so that a chosen theme does not flash in the other colours.
try {
  const theme = JSON.parse(localStorage.getItem('tabcast-chat.theme') ?? 'null');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Nothing usable is stored: the system's theme applies.
}
