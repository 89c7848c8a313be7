use axum::http::{HeaderMap, Uri, header};

/// The language in which an answer's words are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lang {
    /// Simplified Chinese, also where nothing acceptable is asked for.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// What the caller asks for: `?lang=` first, then `Accept-Language` by its weights.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Lang {
        let asked = uri.query().and_then(|query| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix("lang="))
                .and_then(Lang::tag)
        });
        asked.unwrap_or_else(|| {
            headers
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .map(Lang::negotiate)
                .unwrap_or_default()
        })
    }

    fn negotiate(header: &str) -> Lang {
        let mut best = (0.0_f32, Lang::default());
        for item in header.split(',').take(32) {
            let (tag, weight) = item.split_once(";q=").unwrap_or((item, "1"));
            let weight = weight.trim().parse::<f32>().unwrap_or(0.0);
            if let Some(lang) = Lang::tag(tag.trim())
                && weight > best.0
            {
                best = (weight, lang);
            }
        }
        best.1
    }

    fn tag(tag: &str) -> Option<Lang> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        if primary.eq_ignore_ascii_case("zh") {
            Some(Lang::Zh)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Lang::En)
        } else {
            None
        }
    }

    /// Its tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_known_language_wins() {
        for (header, want) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en-GB,en;q=0.9,zh;q=0.8", Lang::En),
            ("fr,en;q=0.3,zh;q=0.2", Lang::En),
            ("fr", Lang::Zh),
            ("", Lang::Zh),
            ("EN", Lang::En),
            ("en;q=nonsense", Lang::Zh),
        ] {
            assert_eq!(Lang::negotiate(header), want, "{header}");
        }
    }

    #[test]
    fn the_query_goes_before_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, "zh".parse().expect("a header"));
        assert_eq!(
            Lang::of(&"/a?x=1&lang=en".parse().expect("a uri"), &headers),
            Lang::En
        );
        assert_eq!(
            Lang::of(&"/a?lang=fr".parse().expect("a uri"), &headers),
            Lang::Zh
        );
    }
}
