"use strict";
(() => {
  const { form, data, fields, values, field, tell, forget, restore, post, show, goToFirst } = typed;
  const preview = form.querySelector(".preview");
  const body = (check) => ({ base: data.base || "", values: values(fields.filter((each) => each.value)), check });
  let proposed = "";

  // A name is proposed until somebody types one.
  const told = (answer) => {
    if (answer.status !== 200 && answer.status !== 422) return;
    show(answer.findings || [], answer.fields || {});
    preview.querySelector("pre").textContent = answer.text || "";
    const name = field("study");
    if (name && answer.suggested && (!name.value || name.value === proposed)) {
      if (name.value === answer.suggested) return;
      name.value = proposed = answer.suggested;
      name.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  typed.checking(() => post(body(true)), told);

  typed.saving(async () => {
    const answer = await post(body(false));
    if (answer.status === 200) {
      forget();
      sessionStorage.setItem("synthesis:said", answer.says);
      location.assign(`/studies/${encodeURIComponent(answer.name)}`);
      return;
    }
    if (answer.status === 409 && answer.base) data.base = answer.base;
    show(answer.findings || [], answer.fields || {});
    tell(answer.says);
    if (answer.status === 422) goToFirst();
  });
  restore();
})();
