/** The look of an exported page: the tokens of the screens, light and dark, nothing fetched. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;
--paper:light-dark(oklch(.985 .004 300),oklch(.185 .012 300));--sunken:light-dark(oklch(.962 .007 300),oklch(.262 .016 300));
--line:light-dark(oklch(.905 .01 300),oklch(.325 .018 300));--ink:light-dark(oklch(.24 .025 300),oklch(.945 .008 300));
--muted:light-dark(oklch(.49 .022 300),oklch(.755 .018 300));--plum:light-dark(oklch(.46 .135 325),oklch(.76 .115 325));
--wash:light-dark(oklch(.945 .028 325),oklch(.335 .065 322))}
*{box-sizing:border-box;margin:0}
body{font:400 1rem/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",Arial,sans-serif;color:var(--ink);background:var(--paper);padding:40px clamp(16px,4vw,40px) 80px}
main{max-width:760px;margin:0 auto}
h1,h2,h3{line-height:1.2;letter-spacing:-.011em;font-weight:650;text-wrap:balance;overflow-wrap:anywhere}
h1{font-size:1.75rem}h2{font-size:1.5rem}
.brand{font-weight:700;letter-spacing:-.03em;color:var(--plum);margin-bottom:24px}
.about{color:var(--muted);font-size:.8125rem;margin-top:6px;overflow-wrap:anywhere}
nav{margin-top:24px;border-top:1px solid var(--line)}
nav a{display:flex;gap:16px;align-items:baseline;justify-content:space-between;padding:12px 4px;border-bottom:1px solid var(--line);color:inherit;text-decoration:none;overflow-wrap:anywhere}
nav a:hover{color:var(--plum)}nav span{color:var(--muted);font-size:.8125rem;white-space:nowrap}
a:focus-visible{outline:3px solid var(--plum);outline-offset:2px}
.chat{margin-top:56px;padding-top:32px;border-top:1px solid var(--line)}
.only{margin-top:0;padding-top:0;border:0}
.day{content-visibility:auto;contain-intrinsic-size:auto 600px;display:flex;flex-direction:column;gap:2px;padding:4px}
.day h3{align-self:center;font-size:.8125rem;font-weight:400;letter-spacing:0;color:var(--muted);margin:28px 0 10px}
.who{font-size:.8125rem;font-weight:650;margin:14px 4px 2px;display:flex;gap:8px;align-items:center;overflow-wrap:anywhere}
.mark{font-size:.75rem;font-weight:600;color:var(--muted);border:1px solid var(--line);border-radius:999px;padding:1px 8px}
.msg{display:flex;gap:8px;align-items:flex-end;max-width:min(72ch,88%)}
.own{align-self:flex-end;flex-direction:row-reverse}.first{margin-top:12px}.who+.msg{margin-top:0}
.bubble{background:var(--sunken);border-radius:14px;padding:9px 14px;min-width:0}
.own .bubble{background:var(--wash)}
.text{white-space:pre-wrap;overflow-wrap:anywhere;text-align:start}
.msg time{font-size:.75rem;color:var(--muted);padding-bottom:3px;white-space:nowrap;flex:none}
.quote{border-inline-start:3px solid var(--plum);padding-inline-start:10px;margin-bottom:6px;color:var(--muted);font-size:.9375rem}
.quote b{display:block;font-size:.8125rem;font-weight:650}
.file{font-weight:650}
.file span{color:var(--muted);font-weight:400}
.gone{color:var(--muted);font-style:italic}
.pills{display:flex;flex-wrap:wrap;gap:4px;margin-top:6px}
.pills span{font-size:.8125rem;border:1px solid var(--line);border-radius:999px;padding:1px 8px}
.note{align-self:center;text-align:center;font-size:.8125rem;color:var(--muted);margin:6px 0;overflow-wrap:anywhere}
.gap{border:1px dashed var(--line);border-radius:8px;padding:6px 12px}
footer{margin-top:64px;color:var(--muted);font-size:.8125rem;text-align:center}
@media print{body{padding:0}.day{content-visibility:visible}.msg,.note{break-inside:avoid}}
`;
