// Uses the sign-in link up, but only when a person presses the button.

const token = new URLSearchParams(location.search).get("token") || "";
history.replaceState(null, "", location.pathname); // the token stays neither in the address nor in the history
const button = document.getElementById("enter");
const said = document.getElementById("said");

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    const answer = await fetch("/desk/enter", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
      signal: AbortSignal.timeout(12000),
    });
    if (answer.ok) return location.replace("/desk/");
    said.textContent = (await answer.json()).error;
  } catch {
    said.textContent = said.dataset.failed;
  }
  button.disabled = false;
});
