// Buttons and menus, the same behaviour in every look.  `act` is {press(link, label, answers), person(ref)}.

import { follow, icon, make } from './dom.js'

export const OUTSIDE = 'M8 5H5v10h10v-3M11 5h4v4M15 5l-6 6'

export function button(drawn, act, names = 'button') {
  if (!drawn.link) {
    const link = follow(drawn.url, drawn.label, icon(OUTSIDE))
    link.classList.add(...names.split(' '))
    return link
  }
  const style = drawn.style === 'plain' ? '' : drawn.style
  return make('button', {
    type: 'button', class: `${names} ${style}`.trim(), 'data-link': drawn.link,
    onclick: () => act.press(drawn.link, drawn.label, {}),
  }, drawn.label)
}

// A choice of some options: a button that opens a list of boxes, and one that sends what is ticked.
export function menu(drawn, act, names = 'menu') {
  const many = drawn.most > 1 || drawn.least === 0 // a radio button cannot be unticked
  const group = `${drawn.link}-${Math.random().toString(36).slice(2)}`
  const boxes = drawn.options.map(option => make('input', {
    type: many ? 'checkbox' : 'radio', name: group, value: option.value, checked: option.chosen,
  }))
  const problem = make('p', { class: 'problem', role: 'alert' })
  const closed = make('details', { class: names, ontoggle: () => closed.open && closed.scrollIntoView({ block: 'nearest' }), onkeydown: event => {
    if (event.key === 'Escape' && closed.open) {
      closed.open = false
      closed.querySelector('summary').focus()
      event.stopPropagation()
    }
  } })
  const send = () => {
    const chosen = boxes.filter(box => box.checked).map(box => box.value)
    problem.textContent = chosen.length < drawn.least ? 'Choose at least one.'
      : chosen.length > drawn.most ? `Choose at most ${drawn.most}.` : ''
    if (!problem.textContent) act.press(drawn.link, drawn.label, { [drawn.field]: chosen })
  }
  closed.append(
    make('summary', { 'data-link': drawn.link }, drawn.label),
    make('fieldset', {},
      make('legend', { class: 'visually-hidden' }, drawn.label),
      drawn.options.map((option, n) => make('label', { class: 'choice' }, boxes[n],
        make('span', {}, option.label, option.about ? make('small', {}, option.about) : ''))),
      problem,
      make('button', { type: 'button', class: 'button primary', onclick: send }, many ? 'Apply' : 'Choose')))
  return closed
}
