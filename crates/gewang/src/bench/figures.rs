use std::fmt;

use serde::Serialize;

use super::machine::Machine;

/// All figures of one bench, and the machine they were taken on.
#[derive(Debug, Serialize)]
pub(super) struct Sheet {
    bench: &'static str,
    machine: Machine,
    figures: Vec<Figure>,
}

/// One figure: the median of some runs, between the smallest and the largest.
#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    unit: &'static str,
    median: f64,
    min: f64,
    max: f64,
    runs: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<bool>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    /// This much or more.
    AtLeast(f64),
    /// This much or less.
    AtMost(f64),
}

impl Goal {
    fn is_kept(self, figure: f64) -> bool {
        match self {
            Goal::AtLeast(bound) => figure >= bound,
            Goal::AtMost(bound) => figure <= bound,
        }
    }
}

impl Sheet {
    /// A sheet without figures.
    pub fn new(bench: &'static str, machine: Machine) -> Self {
        Sheet {
            bench,
            machine,
            figures: Vec::new(),
        }
    }

    /// Adds a figure for orientation; without a single run there is none.
    pub fn add(&mut self, name: impl Into<String>, unit: &'static str, runs: &[f64]) {
        self.figures
            .extend(Figure::of(name.into(), unit, runs, None));
    }

    /// Adds a figure that has a goal, which its median keeps or misses.
    pub fn add_with_goal(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        runs: &[f64],
        goal: Goal,
    ) {
        self.figures
            .extend(Figure::of(name.into(), unit, runs, Some(goal)));
    }
}

impl Figure {
    fn of(name: String, unit: &'static str, runs: &[f64], goal: Option<Goal>) -> Option<Figure> {
        let mut sorted = runs.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let median = percentile(&sorted, 0.5);
        let kept = goal.map(|goal| goal.is_kept(median));
        Some(Figure {
            name,
            unit,
            median,
            min,
            max,
            runs: sorted.len(),
            goal,
            kept,
        })
    }
}

/// The quotients of two series, run by run: what was measured one after the other is compared with each other.
pub(super) fn ratios(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter()
        .zip(theirs)
        .map(|(ours, theirs)| ours / theirs)
        .collect()
}

/// The value at a share (0 to 1) of a sorted series; 0 where it is empty. For the median of an even count the upper one.
pub(super) fn percentile<T: Copy + Default>(sorted: &[T], share: f64) -> T {
    let at = (sorted.len() as f64 * share) as usize;
    sorted
        .get(at.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

impl fmt::Display for Sheet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "gewang bench {}", self.bench)?;
        writeln!(out, "{}\n", self.machine)?;
        let width = self
            .figures
            .iter()
            .map(|figure| figure.name.chars().count())
            .max()
            .unwrap_or(0);
        for figure in &self.figures {
            let range = if figure.runs > 1 {
                format!("({} – {})", number(figure.min), number(figure.max))
            } else {
                String::new()
            };
            let goal = match (figure.goal, figure.kept) {
                (Some(Goal::AtLeast(bound)), kept) => {
                    format!("goal ≥ {}: {}", number(bound), said(kept))
                }
                (Some(Goal::AtMost(bound)), kept) => {
                    format!("goal ≤ {}: {}", number(bound), said(kept))
                }
                (None, _) => String::new(),
            };
            let line = format!(
                "{:<width$}  {:>10} {:<10} {range:<24} {goal}",
                figure.name,
                number(figure.median),
                figure.unit
            );
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn said(kept: Option<bool>) -> &'static str {
    if kept == Some(true) { "kept" } else { "MISSED" }
}

/// As many digits as mean something.
fn number(value: f64) -> String {
    if value >= 100.0 {
        let digits = format!("{value:.0}");
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_keeps_or_misses_the_goal() {
        let kept = |runs: &[f64], goal| {
            Figure::of("x".into(), "s", runs, Some(goal)).and_then(|figure| figure.kept)
        };
        assert_eq!(kept(&[9.0, 1.0, 5.0], Goal::AtLeast(5.0)), Some(true));
        assert_eq!(kept(&[9.0, 1.0, 4.9], Goal::AtLeast(5.0)), Some(false));
        assert_eq!(kept(&[9.0, 1.0, 5.0], Goal::AtMost(4.0)), Some(false));
        assert_eq!(kept(&[], Goal::AtMost(4.0)), None);
    }

    #[test]
    fn percentiles_of_small_series() {
        let series: Vec<u32> = (1..=100).collect();
        assert_eq!(percentile(&series, 0.5), 51);
        assert_eq!(percentile(&series, 0.99), 100);
        assert_eq!(percentile(&series, 1.0), 100);
        assert_eq!(percentile::<u32>(&[], 0.5), 0);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(1_234_567.4), "1,234,567");
        assert_eq!(number(123.4), "123");
        assert_eq!(number(0.456), "0.46");
    }
}
