"""What English words mean."""

from __future__ import annotations

from collections.abc import Mapping

TABLE: Mapping[str, Mapping[object, str]] = {
    "filler": {
        None: """
            a; an; the; some; any; anything; something; stuff; movie; movies; film; films; flick; flicks; picture;
            pictures; title; titles; please; i; we; me; us; my; our; it; its; one; ones; want; wanna; need; show;
            give; find; get; see; watch; watching; suggest; recommend; would; could; should; can; do; will; to; of;
            for; in; on; at; from; that; which; who; is; are; be; was; were; am; im; very; really; rather; quite;
            kind; sort; but; also; too; so; then; good; great; best; nice; decent; fine; tonight; today; now; this;
            these; those; there; here; what; hello; hi; thanks; thank you; just; only; maybe; perhaps; ideally;
            preferably; possibly; if possible; set; made; released; came out; coming out; out; starting; id; i would
            like; id like; would like; we would like; feel like; feeling like; in the mood for; mood for; looking for;
            and then; as well; plot; though; however; yet; era; years; year; mainly; mostly; has; have; having; let;
            lets; evening; not only
        """,
    },
    "clause": {
        None: """
            but; that; which; who; please; tonight; only; then; ideally; preferably; possibly; maybe; perhaps; thanks;
            thank you; i; we; set; made; released; if possible; though; however; yet
        """,
    },
    "and": {
        None: "and; plus; along with; together with",
    },
    "or": {
        None: "or; nor; either",
    },
    "not": {
        None: """
            no; not; never; nothing; none; none of; without; w o; except; except for; excluding; exclude; other than;
            apart from; dont; do not; isnt; arent; is not; are not; avoid; avoiding; minus; anything but; everything
            but; but no; but not; nothing too; not too; no more; dont want; do not want; not so; not very; not really;
            skip; hate; hates; i hate; sick of; tired of; instead of; neither; rather than
        """,
    },
    "like": {
        None: """
            like; similar to; in the (style|vein|spirit|manner) of; reminiscent of; along the lines of; comparable to;
            in the same vein as; same as; such as; as in; akin to; resembling; resembles; fans of; fan of; if i
            (liked|loved); because i (liked|loved); i (liked|loved); as good as
        """,
        "not": "unlike; nothing like; not like; less like; dissimilar to; different from",
    },
    "with": {
        None: "with; starring; stars; featuring; feat; acted by; played by",
    },
    "by": {
        None: "by; directed by; director; a film by; made by; written by; by the director",
    },
    "genre": {
        "Action": "action; action film; action movie; action packed; shoot em up; fighting",
        "Adventure": "adventure; adventures; adventurous film; quest",
        "Animation": "animation; animated; cartoon; cartoons; anime; pixar style",
        "Biography": "biography; biographies; biopic; biopics; biographical",
        "Children": """
            children; childrens; kids film; kids films; kids movie; kids movies; childrens film; childrens movies
        """,
        "Comedy": """
            comedy; comedies; comedic; funny; hilarious; comic; romp; make me laugh; makes me laugh; laughs; a laugh
        """,
        "Crime": "crime; crimes; gangster; gangsters; mafia; mob; heist; heists; detective; police; cop; cops",
        "Documentary": "documentary; documentaries; docs; doc; docu; documentary film",
        "Drama": "drama; dramas; dramatic",
        "Family": "family film; family films; family movie; family movies",
        "Fantasy": "fantasy; fantasies; magic; fairy tale; fairy tales; fairytale",
        "Film-Noir": "film noir; film noirs; films noir; noir; noirs",
        "History": "history; historical; period drama; period piece; costume drama",
        "Horror": """
            horror; horrors; scary; frightening; terrifying; slasher; slashers; creepy; zombie; zombies; gore; gory
        """,
        "IMAX": "imax",
        "Musical": "musical; musicals; music; singing",
        "Mystery": "mystery; mysteries; whodunit; whodunnit; whodunits; mysterious",
        "Romance": "romance; romances; romantic; love story; love stories; rom; date night; date movie",
        "Sci-Fi": "sci fi; scifi; science fiction; sf; space opera; futuristic; dystopian; cyberpunk",
        "Sport": "sport; sports",
        "Thriller": "thriller; thrillers; thrilling",
        "War": "war; wars; world war; military; warfare",
        "Western": "western; westerns; cowboy; cowboys",
    },
    "genres": {
        ("Romance", "Comedy"): "rom com; rom coms; romcom; romcoms",
        ("Comedy", "Drama"): "dramedy; dramedies; dramedys",
    },
    "mood": {
        "light": """
            light; lighthearted; light hearted; feel good; feelgood; cheerful; uplifting; easy; easygoing; cosy; cozy;
            happy
        """,
        "moving": """
            moving; touching; emotional; tearjerker; tear jerker; tearjerkers; sad; heartbreaking; bittersweet;
            poignant; heavy
        """,
        "tense": """
            tense; suspense; suspenseful; gripping; nail biting; nailbiter; edge of (my|the|your) seat; claustrophobic
        """,
        "exciting": "exciting; fast paced; fast; adrenaline; spectacular",
        "thoughtful": """
            thoughtful; thought provoking; philosophical; intelligent; cerebral; deep; smart; clever; profound
        """,
        "family": """
            (family|with the family|for the family|for the whole family|family friendly|with the kids|for the kids|for
            kids|for children|with children|kids|kid friendly|with my kids|for my kids)
        """,
    },
    "decade": {
        1920: "twenties; 1920s; 20s; roaring twenties",
        1930: "thirties; 1930s; 30s",
        1940: "forties; 1940s; 40s",
        1950: "fifties; 1950s; 50s",
        1960: "sixties; 1960s; 60s",
        1970: "seventies; 1970s; 70s",
        1980: "eighties; 1980s; 80s",
        1990: "nineties; 1990s; 90s",
        2000: "2000s; 00s; noughties; naughties; two thousands",
        2010: "2010s; 10s; twenty tens",
        2020: "2020s; twenty twenties",
    },
    "part of decade": {
        "early": "early; the early; beginning of the",
        "mid": "mid; middle of the",
        "late": "late; the late; end of the",
    },
    "limit": {
        ("to", -1): """
            before; older than; earlier than; under; below; less than; shorter than; fewer than; (is|are) under; prior
            to; pre
        """,
        ("to", 0): """
            or less; tops; at the most; or shorter; or earlier; or older; until; till; up to; at most; no later than;
            not later than; max; maximum; maximum of; no longer than; not longer than; no more than; not more than;
            not over; within; up until; to at most
        """,
        ("from", 1): "after; newer than; later than; over; more than; longer than; above; post",
        ("from", 0): """
            or more; onwards; onward; or later; or newer; or longer; and up; and later; and newer; and onwards; since;
            at least; from at least; minimum; minimum of; no earlier than; not older than; no older than; no shorter
            than; no less than; not shorter than; not before; starting from; starting in; beginning in
        """,
        ("about", 0): "about; around; roughly; approximately; circa; ca",
    },
    "range": {
        None: "between; from",
    },
    "minutes": {
        (0, 120): """
            not too long; not (that|so|very) long; not long; nothing (too|very|that) long; nothing long; not overly
            long; no long
        """,
        (0, 95): "short; quick; very short; really short; brief; shorter; a short one",
        (150, 0): "long; very long; epic length; really long; longer; lengthy",
        (90, 0): "not too short; not short; nothing short; nothing too short",
    },
    "number": {
        2: "two",
        3: "three",
        4: "four",
        80: "eighty",
        90: "ninety",
        100: "a hundred; one hundred; hundred",
    },
    "duration": {
        30: "half an hour",
        60: "an hour; one hour",
        75: "an hour and a quarter",
        90: "an hour and a half; one and a half (hours|hour); one hour (and|) (a half|thirty)",
        150: "two and a half hours; two hours (and|) (a half|thirty)",
    },
    "unit": {
        1: "minutes; minute; min; mins; m",
        60: "hours; hour; h; hr; hrs",
    },
    "seen": {
        "hidden": """
            (i|we|that i|that we|which i|ive|weve|) (havent|have not|never|have never|didnt|not|not yet|havent yet|)
            (seen|watched) yet; (i|we|that i|ive|) (havent|have not|never|have never|not|have not yet|havent yet|not
            yet|haven t|havent already) (seen|watched); i didnt (see|watch); unseen; unwatched; new to me; not seen;
            not watched; nothing (i have|ive) (already|) (seen|watched); no (rewatch|rewatches|repeats); i dont know;
            something new
        """,
        "also": """
            including (those|ones|what|films|movies|the ones|) (ive|i have) (already|) (seen|watched); also
            (seen|watched); (seen|watched) or not; whether (ive|i have) seen (it|them) or not; including
            (seen|watched); even if (ive|i have) (already|) seen (it|them)
        """,
        "only": """
            (i|ive|i have|that i have|that ive|which i have|we have|weve) already (seen|watched); already
            (seen|watched); (to|a|for a|) rewatch; watch again; to (watch|see) again; again; (ive|i have)
            (seen|watched) before; (one|ones) (ive|i have) (seen|watched)
        """,
    },
    "watchlist": {
        None: """
            (from|on|in|off|) (my|our|the|) (watchlist|watch list); (from|on|off) (my|our) list; i
            (saved|bookmarked|wanted to see|want to see)
        """,
    },
    "dial": {
        ("niche", 0.5): """
            hidden (gem|gems); (lesser|less|little) known; not well known; obscure; underrated; niche; overlooked;
            forgotten; under the radar; off the beaten track; rare; cult; indie; unknown; nobody knows; not famous;
            unpopular; sleeper; deep cut; deep cuts
        """,
        ("niche", -0.5): """
            (crowd|) (pleaser|pleasers); popular; well known; blockbuster; blockbusters; mainstream; famous; hit;
            hits; everybody knows; everyone (knows|likes|loves); crowd pleasing; most watched
        """,
        ("bold", 0.5): """
            (surprise|surprise me|surprising); bold; daring; adventurous; risky; something different; out of my
            comfort zone; unexpected
        """,
        ("bold", -0.5): "safe; safe (bet|bets|choice|choices); sure thing; no (risk|risks|surprises); reliable",
        ("diversity", 0.3): """
            varied; diverse; variety; (a|) mix of (everything|all); mixed; mixture; (a|) varied mix; all sorts; a
            (bit|little) of everything; mix
        """,
    },
    "recent": {
        None: """
            (like|similar to|in the mood of|along the lines of|same as|) (what|the films|the
            movies|films|movies|those|the ones|stuff|things) (i|i have|ive|we|weve|we have) (watched|saw|seen|just
            watched|just saw|just seen|rated) (lately|recently|last|last week|last month|these days|most recently|the
            last time); (like|similar to|) (what|the films|the movies|films|movies|those|the ones|stuff|things) (i|i
            have|ive|we|weve|we have) (lately|recently|last|last week|last month|these days|most recently|the last
            time) (watched|saw|seen|rated); like (lately|recently); (like|similar to|) (what|the films|the
            movies|films|movies|those|the ones|stuff|things) (i|i have|ive|we|weve|we have) (just|)
            (watched|saw|seen); (like|similar to) my (last|latest|recent|most recent)
            (film|films|movie|movies|ratings|one|ones|watches)
        """,
    },
    "age": {
        "new": "new; newest; recent; latest; brand new; newly released; recently released; newer",
        "old": "old; classic; classics; oldies; older; vintage; golden age",
    },
}
"""Sense -> value -> entries; see `Vocabulary`."""
