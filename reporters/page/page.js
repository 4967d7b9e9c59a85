'use strict';
(function () {
  const form = document.getElementById('filters');
  const shown = document.getElementById('shown');
  if (!form) return;
  const findings = Array.from(document.querySelectorAll('article'));
  const texts = findings.map((f) => f.textContent.toLowerCase());
  const fields = ['severity', 'rule', 'state', 'status'];

  function apply() {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    findings.forEach((finding, i) => {
      const fits = fields.every((name) => {
        const wanted = form.elements[name].value;
        return wanted === '' || finding.dataset[name] === wanted;
      }) && words.every((word) => texts[i].includes(word));
      finding.hidden = !fits;
      if (fits) count++;
    });
    shown.value = count + ' of ' + findings.length + (findings.length === 1 ? ' finding' : ' findings') + ' shown';
  }

  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(apply));
  form.hidden = false;
  apply();
})();
