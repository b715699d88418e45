// Fetches the page again every two seconds and puts its live parts in place of
// the old ones. A hidden tab asks for nothing.
const live = ["state", "cards", "rows"];
const state = document.getElementById("state");

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of live) {
      document.getElementById(id).replaceChildren(...fresh.getElementById(id).childNodes);
    }
    state.classList.remove("ended");
  } catch {
    state.textContent = "no answer: the demo has ended; these are its last numbers";
    state.classList.add("ended");
  }
}

async function forever() {
  await refresh();
  setTimeout(forever, 2000);
}

setTimeout(forever, 2000);
document.addEventListener("visibilitychange", refresh);
