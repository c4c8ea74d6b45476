"use strict";
// Passkeys: the one thing that the pages cannot do without a script. Each form that asks for one carries the options as
// JSON; the authenticator's answer goes into the form, which is sent as any other is.
(() => {
  const known = window.PublicKeyCredential;
  if (!known || !known.parseRequestOptionsFromJSON) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const options = JSON.parse(form.dataset.options);
    const autofill = new AbortController();
    let asking = false;
    const ask = (more) =>
      form.dataset.passkey === "create"
        ? navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) })
        : navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options), ...more });
    const send = (credential) => {
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    };
    const tell = () => {
      form.querySelector("[role=status]").hidden = false;
    };
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (asking) return;
      asking = true;
      autofill.abort();
      ask().then(send, tell).finally(() => {
        asking = false;
      });
    });
    if (form.dataset.passkey === "autofill" && known.isConditionalMediationAvailable) {
      known.isConditionalMediationAvailable().then((possible) => {
        if (possible) return ask({ mediation: "conditional", signal: autofill.signal }).then(send);
      }).catch(() => {});
    }
  }
})();
