// The way in: by a link, which is used up only when a person presses the button, or by password and code.

const at = (id) => document.getElementById(id);
const token = new URLSearchParams(location.search).get("token") || "";
history.replaceState(null, "", location.pathname); // the token stays neither in the address nor in the history
const language = document.documentElement.lang;
let setup = "";

async function post(path, body) {
  const answer = await fetch(`${path}?lang=${language}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20000),
  });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(answer.status), { said: said.error });
  return said;
}

/** One try at a time; what the server says stands above the form. */
function trying(controls, work) {
  return async (event) => {
    event.preventDefault();
    const buttons = controls.matches("button") ? [controls] : [...controls.querySelectorAll("button")];
    buttons.forEach((button) => { button.disabled = true; });
    at("said").textContent = "";
    try {
      await work();
    } catch (error) {
      at("said").textContent = error.said || at("said").dataset.failed;
    }
    buttons.forEach((button) => { button.disabled = false; });
  };
}

function only(section, focus) {
  for (const id of ["enter", "without-link", "set-up", "recovery"]) at(id).hidden = id !== section;
  if (focus) at(focus).focus();
}

const fieldsOf = (form) => Object.fromEntries(new FormData(form));

at("enter").addEventListener("click", trying(at("enter"), async () => {
  const answer = await post("/desk/enter", { token }).catch((error) => {
    if (error.said && error.message === "403") only("without-link"); // it is used up or too old: how to get another, or in without one
    throw error;
  });
  if (!answer.setup) return location.replace("/desk/");
  setup = answer.setup;
  at("picture").src = answer.picture;
  at("secret").textContent = answer.secret.replace(/(.{4})(?=.)/g, "$1 ");
  only("set-up", "set-up-title");
}));

at("sign-in").addEventListener("submit", trying(at("sign-in"), async () => {
  await post("/desk/signin", fieldsOf(at("sign-in")));
  location.replace("/desk/");
}));

at("finish").addEventListener("submit", trying(at("finish"), async () => {
  const answer = await post("/desk/setup", { setup, ...fieldsOf(at("finish")) });
  at("finish").reset();
  at("codes").replaceChildren(...answer.codes.map((code) => Object.assign(document.createElement("li"), { textContent: code })));
  only("recovery", "recovery-title");
}));

only(token ? "enter" : "without-link");
