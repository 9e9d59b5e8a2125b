//! What only shows when a flow is walked: unknown places, steps nobody reaches, loops, depth.

use super::flow::{Flow, Spots};
use super::names::meant;
use super::report::{Place, Report};
use crate::domain::menu::model::{Menu, MenuId, Next, StepId, Target, Verb};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Levels of choices from the first screen to an answer at most.
const LEVELS_MAX: usize = 4;

/// Checks every lead of a flow against the steps and menus there are.
pub(super) fn targets(flow: &Flow, folders: &[&str], report: &mut Report) -> bool {
    let before = report.count();
    for lead in &flow.spots.leads {
        match &lead.to {
            Target::Home => {}
            Target::Step(step) if !flow.spots.steps.contains_key(step) => {
                let message = format!("there is no step \"{step}\"");
                report.add(
                    "K023",
                    &lead.at,
                    message,
                    meant(step, flow.spots.steps.keys().map(String::as_str)),
                );
            }
            Target::Menu(menu) if !folders.contains(&menu.as_str()) => {
                let message = format!("there is no menu \"{menu}\"");
                report.add("K024", &lead.at, message, meant(menu, folders.iter().copied()));
            }
            Target::Step(_) | Target::Menu(_) => {}
        }
    }
    report.count() == before
}

/// Checks a sound flow: reachability, exits, depth.
pub(super) fn walk(flow: &Flow, report: &mut Report) {
    let reached = reached(&flow.menu);
    for (step, at) in &flow.spots.steps {
        if !reached.contains_key(step.as_str()) {
            let message = format!("no way leads to step \"{step}\"");
            report.add("K027", at, message, "lead to it with next:, or remove it");
        }
    }
    exits(flow, &reached, report);
    let from_root = usize::from(flow.menu.listed);
    for (step, choices) in &reached {
        if choices + from_root > LEVELS_MAX
            && let Some(at) = flow.spots.steps.get(*step)
        {
            let message = format!("step \"{step}\" lies {} choices deep", choices + from_root);
            report.add("K036", at, message, "keep it to four: ask less, or split the menu");
        }
    }
}

/// Every place a step can lead to.
pub(super) fn leads(next: &Next) -> Vec<&Target> {
    match next {
        Next::Nowhere => Vec::new(),
        Next::To(target) => vec![target],
        Next::By { cases, otherwise } => cases.values().chain(otherwise).collect(),
    }
}

/// Steps that can be reached, with the fewest choices on the way, their own not counted.
fn reached(menu: &Menu) -> BTreeMap<&str, usize> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([(menu.first.as_str(), 0)]);
    while let Some((id, choices)) = queue.pop_front() {
        if found.get(id).is_some_and(|known| *known <= choices) {
            continue;
        }
        let Some(step) = menu.steps.get(id) else { continue };
        found.insert(id, choices);
        let further = choices + usize::from(matches!(step.verb, Verb::Choose { .. } | Verb::List { .. }));
        for target in leads(&step.next) {
            if let Target::Step(to) = target {
                queue.push_back((to.as_str(), further));
            }
        }
    }
    found
}

/// Finds steps from which no end, no other menu and no way home can be reached.
fn exits(flow: &Flow, reached: &BTreeMap<&str, usize>, report: &mut Report) {
    let steps = &flow.menu.steps;
    let mut leaving: BTreeSet<&str> = BTreeSet::new();
    loop {
        let more: Vec<&str> = steps
            .iter()
            .filter(|(id, _)| !leaving.contains(id.as_str()))
            .filter(|(_, step)| {
                step.verb == Verb::End
                    || leads(&step.next).iter().any(|to| match to {
                        Target::Menu(_) | Target::Home => true,
                        Target::Step(to) => leaving.contains(to.as_str()),
                    })
            })
            .map(|(id, _)| id.as_str())
            .collect();
        if more.is_empty() {
            break;
        }
        leaving.extend(more);
    }
    let caught = reached.keys().filter(|id| !leaving.contains(*id));
    if let Some((id, at)) =
        caught.filter_map(|id| Some((id, flow.spots.steps.get(*id)?))).min_by_key(|(_, at)| at.line)
    {
        let message = format!("from step \"{id}\" no way leads out");
        report.add("K028", at, message, "let one of its ways lead to an end:, home or another menu");
    }
}

/// Finds calls that lead to calls in a ring: a turn that would never come to a screen.
pub(super) fn call_rings(flows: &BTreeMap<MenuId, Flow>, report: &mut Report) {
    let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (menu, flow) in flows {
        for (id, step) in &flow.menu.steps {
            if matches!(step.verb, Verb::Call { .. }) && !told.contains(&(menu.as_str(), id.as_str())) {
                let mut seen = BTreeSet::new();
                if rings(flows, (menu, id), &mut seen)
                    && let Some(at) = spot(&flow.spots, id)
                {
                    report.add(
                        "K029",
                        at,
                        format!("the call \"{id}\" leads back to itself without a screen between"),
                        "put a say: with a choice between the calls",
                    );
                    told.extend(seen);
                }
            }
        }
    }
}

fn spot<'s>(spots: &'s Spots, step: &StepId) -> Option<&'s Place> {
    spots.steps.get(step)
}

/// Whether a walk over calls alone comes back to `from`.
fn rings<'f>(
    flows: &'f BTreeMap<MenuId, Flow>,
    from: (&'f str, &'f str),
    seen: &mut BTreeSet<(&'f str, &'f str)>,
) -> bool {
    let mut open = vec![from];
    while let Some((menu, id)) = open.pop() {
        let step = flows.get(menu).and_then(|flow| flow.menu.steps.get(id));
        let Some(step) = step.filter(|step| matches!(step.verb, Verb::Call { .. })) else { continue };
        for target in leads(&step.next) {
            let to = match target {
                Target::Home => continue,
                Target::Step(to) => (menu, to.as_str()),
                Target::Menu(to) => match flows.get_key_value(to) {
                    Some((to, flow)) => (to.as_str(), flow.menu.first.as_str()),
                    None => continue,
                },
            };
            if to == from {
                seen.insert(from);
                return true;
            }
            if seen.insert(to) {
                open.push(to);
            }
        }
    }
    false
}

/// Menus that neither the first screen, nor a code, nor a word, nor another menu leads to.
pub(super) fn doorless(flows: &BTreeMap<MenuId, Flow>, words: &BTreeSet<&str>, report: &mut Report) {
    let named: BTreeSet<&str> = flows
        .values()
        .flat_map(|flow| flow.spots.leads.iter().map(move |lead| (flow.menu.id.as_str(), lead)))
        .filter_map(|(from, lead)| match &lead.to {
            Target::Menu(to) if to != from => Some(to.as_str()),
            Target::Menu(_) | Target::Step(_) | Target::Home => None,
        })
        .collect();
    for (id, flow) in flows {
        let open = flow.menu.listed
            || flow.menu.dial.is_some()
            || words.contains(id.as_str())
            || named.contains(id.as_str());
        if let Some(file) = flow.spots.file.as_ref().filter(|_| !open) {
            let cure = "list it in root.yaml, give it dial: or words:, or lead to it from another menu";
            report.add("K076", file, format!("nothing leads to the menu \"{id}\""), cure);
        }
    }
}
