"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const find = (name) => document.querySelector(name);
  const where = find(".where"), says = find(".says"), card = find(".card"), done = find(".done");
  const keys = find(".keys"), reasons = find(".reasons"), missed = find(".missed");
  let told = null;
  let shownAt = 0;
  let busy = false;

  const make = (name, text, props = {}) => {
    const made = Object.assign(document.createElement(name), props);
    if (text) made.textContent = text;
    return made;
  };
  const lit = (name, pieces, props) => {
    const made = make(name, "", props);
    for (const [text, marked] of pieces) made.append(marked ? make("mark", text) : text);
    return made;
  };
  const button = (key, words, act) => {
    const made = make("button", "", { type: "button" });
    made.append(make("kbd", key), words);
    made.addEventListener("click", act);
    return made;
  };
  const fail = (words) => {
    says.textContent = words;
    says.classList.add("bad");
  };

  const send = async (verdict, reason = "") => {
    if (busy || (!told.card && verdict !== "undo")) return;
    busy = true;
    reasons.hidden = true;
    keys.hidden = false;
    try {
      const answer = await fetch("/screen", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ stage: data.stage, id: told.card ? told.card.id : "", verdict, reason }),
      });
      const now = await answer.json();
      if (answer.ok) {
        says.textContent = "";
        show(now);
        done.textContent = now.done;
      } else fail(now.says);
    } catch {
      fail("The server does not answer; nothing was decided. Start it again, and load this page again.");
    } finally {
      busy = false;
    }
  };
  const ask = () => {
    const no = told.stage === "title" ? [button("Enter", "No reason", () => send("exclude"))] : [];
    reasons.replaceChildren(
      ...told.reasons.map((each, at) => button(String(at + 1), each, () => send("exclude", each))),
      ...no,
      button("z", "Back", back),
    );
    keys.hidden = true;
    reasons.hidden = false;
    reasons.focus();
  };
  const back = () => {
    reasons.hidden = true;
    keys.hidden = false;
    card.focus();
  };

  const show = (now) => {
    told = now;
    const again = now.again ? " · you were unsure of this one" : "";
    where.textContent = `${now.number} of ${now.total} · ${now.stage} · ${now.reviewer}${again}`;
    const counts = Object.entries(now.counts).map(([name, count]) => `${count} ${name}`).join(", ");
    const work = now.card;
    if (work) {
      card.replaceChildren(
        lit("h2", work.title),
        ...work.others.map((each) => lit("p", each)),
        make("p", work.authors, { className: "authors" }),
        make("p", work.place, { className: "place" }),
        lit("p", work.abstract),
        ...(work.known ? [make("p", work.known, { className: "known" })] : []),
      );
    } else {
      where.textContent = `${now.stage} · ${now.reviewer}`;
      const next = [
        now.counts.unsure ? "Those that are unsure come again when this page is loaded again." : "",
        now.counts.include && now.stage === "title" ? "Those that were included wait as full texts." : "",
      ].join(" ");
      card.replaceChildren(make("h2", "Nothing is left to decide here"), make("p", next));
    }
    const acts = work
      ? [
          button("i", "Include", () => send("include")),
          button("e", "Exclude", ask),
          button("u", "Unsure", () => send("unsure")),
          ...(now.stage === "full text" ? [button("n", "Not retrieved", () => send("not retrieved"))] : []),
        ]
      : [];
    keys.replaceChildren(...acts, button("z", "Undo", () => send("undo")));
    missed.textContent = [counts, now.missed, now.note].filter(Boolean).join(". ");
    shownAt = performance.now();
    scrollTo(0, 0);
    card.focus({ preventScroll: true });
  };

  // A key that was pressed before its citation was shown decides nothing, nor does one that is held down.
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || busy || !told) return;
    if (event.timeStamp < shownAt) return;
    const key = event.key.toLowerCase();
    if (!reasons.hidden) {
      if (key === "z" || key === "escape" || key === "backspace") back();
      else if (key === "e" && told.stage === "title") send("exclude");
      else if (/^[1-9]$/.test(key) && told.reasons[key - 1] !== undefined) send("exclude", told.reasons[key - 1]);
      else if (key === "enter" && told.stage === "title" && event.target.tagName !== "BUTTON") send("exclude");
      else return;
      event.preventDefault();
      return;
    }
    const act = { i: "include", u: "unsure", z: "undo", n: "not retrieved" }[key];
    if (key === "e" && told.card) ask();
    else if (act && (key !== "n" || told.stage === "full text")) send(act);
    else return;
    event.preventDefault();
  });

  if (data.told) show(data.told);
  else {
    fail(data.says);
    card.hidden = true;
  }
})();
