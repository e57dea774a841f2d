"""The plan of the house as tables: who may import whom and why, and names that may stand twice."""

from __future__ import annotations

# Which room may import which, and why; a room may always import itself. Of two names the longer counts.
ALLOWED: dict[str, dict[str, str]] = {
    # evidence: what papers report, checked
    "evidence.wording": {},
    "evidence.choices": {"evidence.wording": "one home for words"},
    "evidence.processes": {},
    "evidence.effects": {
        "evidence.wording": "one home for words",
        "evidence.choices": "one reading of a caller's words",
    },
    "evidence.records": {
        "evidence.wording": "one home for words",
        "evidence.choices": "one reading of a caller's words",
        "evidence.effects": "counts and means of two groups become an effect",
    },
    "evidence.checking": {
        "evidence.records": "reads them",
        "evidence.readings": "compares them with their second readings",
        "evidence.audit": "audits them",
        "evidence.sources": "compares them with their papers",
        "evidence.processes": "many files are checked by workers",
    },
    "evidence.sources": {
        "evidence.wording": "one home for words",
        "evidence.choices": "one reading of a caller's words",
        "evidence.records": "what is looked for in a text",
        "evidence.audit": "a finding may be acknowledged",
    },
    "evidence.readings": {
        "evidence.wording": "one home for words",
        "evidence.records": "what two persons read",
        "evidence.sources": "tables that two persons filled",
    },
    "evidence.selection": {
        "evidence.wording": "one home for words",
        "evidence.effects": "arms that share a reference are correlated",
        "evidence.records": "selects from records",
    },
    "evidence.audit": {
        "evidence.wording": "one home for words",
        "evidence.effects": "an effect is what its groups give",
        "evidence.records": "audits records",
        "evidence.selection": "who overlaps with whom",
    },
    # studies: primary data
    "studies.survey": {},
    "studies.nhanes": {
        "evidence": "regenerated estimates are records",
        "studies.survey": "estimates are design-based",
        "synthesis.drawing": "figures are drawn as everywhere",
    },
    "studies.commands": {
        "evidence": "files are written as everywhere",
        "studies.survey": "names the errors of a design",
        "studies.nhanes": "what the commands run",
        "synthesis.drawing": "figures are saved as everywhere",
        "synthesis.terminal": "output looks as everywhere",
    },
    "studies": {
        "studies.commands": "the entry point",
        "synthesis.terminal": "how a command line starts and ends",
    },
    # synthesis, upwards: each line may import the lines above it that it names
    "synthesis.terminal": {"evidence": "words"},
    "synthesis.drawing": {"evidence": "words, and files written in one step"},
    "synthesis.pooling": {"evidence": "words, and the counts of tables"},
    "synthesis.diagnostics": {"evidence": "words", "synthesis.pooling": "each question is a batch of fits"},
    "synthesis.plots": {
        "evidence": "words",
        "synthesis.drawing": "a plot is a chart",
        "synthesis.pooling": "what is drawn",
        "synthesis.diagnostics": "what is drawn",
    },
    "synthesis.pooled": {
        "evidence": "words",
        "synthesis.drawing": "its figures",
        "synthesis.pooling": "its numbers",
        "synthesis.diagnostics": "its questions",
        "synthesis.plots": "its figures",
    },
    "synthesis.pooled_counts": {
        "evidence": "counts",
        "synthesis.drawing": "its figures",
        "synthesis.pooling": "its numbers",
        "synthesis.plots": "its figures",
    },
    "synthesis.regression": {
        "evidence": "words",
        "synthesis.pooling": "the numbers of a regression",
        "synthesis.pooled": "subgroups, each of which can be asked further",
        "synthesis.drawing": "its figures",
        "synthesis.plots": "its figures",
    },
    "synthesis.clustered": {
        "evidence": "words, and a caller's choices",
        "synthesis.pooling": "the numbers of dependent effects",
        "synthesis.drawing": "its figures",
        "synthesis.plots": "its figures",
        "synthesis.regression": "moderators, and tests of coefficients",
    },
    "synthesis.review": {
        "evidence": "records, and the effects selected from them",
        "synthesis.clustered": "a review's dependent effects under one model",
        "synthesis.drawing": "a review's forest plot",
        "synthesis.pooling": "a review's numbers",
        "synthesis.regression": "differences between a review's groups",
        "synthesis.diagnostics": "a review under other choices",
        "synthesis.plots": "a review's plots",
        "synthesis.pooled": "a review's results",
    },
    "synthesis.living": {
        "evidence": "the records of two versions",
        "synthesis.drawing": "results before and after, as a figure",
        "synthesis.terminal": "foreign words made visible",
        "synthesis.pooling": "changes applied alone are pooled as a batch",
        "synthesis.diagnostics": "whether one study decides",
        "synthesis.regression": "groups that share their heterogeneity",
        "synthesis.paper": "the tables that a release keeps",
        "synthesis.review": "what each version says",
    },
    "synthesis.paper": {
        "evidence": "records, judgements, findings, and words",
        "synthesis.clustered": "the names of tests of dependent effects",
        "synthesis.pooling": "a review's numbers, and the names of methods",
        "synthesis.plots": "lines about a summary",
        "synthesis.regression": "differences between a review's groups",
        "synthesis.review": "what is told",
    },
    "synthesis.commands": {
        "evidence": "reading and writing records",
        "synthesis.terminal": "printing",
        "synthesis.drawing": "files of figures",
        "synthesis.pooling": "names of methods and tests",
        "synthesis.plots": "kinds of plots",
        "synthesis.pooled": "what is printed",
        "synthesis.review": "what the commands run",
        "synthesis.living": "what moved, and releases",
        "synthesis.paper": "what `export` writes",
    },
    "synthesis": {
        "evidence.effects": "escalc",
        "synthesis.pooled_counts": "pool_counts",
        "synthesis.diagnostics": "count_asymmetry",
        "synthesis.regression": "metareg, subgroups, location_scale",
        "synthesis.pooled": "the result",
        "synthesis.pooling": "covariance",
        "synthesis.clustered": "pool_dependent",
        "synthesis.commands": "the entry point",
        "synthesis.terminal": "how a command line starts and ends",
    },
}

# The rooms of pooling, which lean on one another (module by module without a circle).
ALLOWED_IN_POOLING: dict[str, dict[str, str]] = {
    "kernel": {
        "designs": "a fit with moderators has its own algebra, and a fit chooses between them",
        "tau2": "a fit begins with the estimator of tau2",
    },
    "tau2": {
        "kernel": "sums, likelihoods, roots",
        "designs": "residuals of a design",
        "mean": "what an interval is",
        "batch": "a likelihood ratio fits twice",
        "as_data": "numbers as data",
    },
    "mean": {"kernel": "sums", "tau2": "which tests go with which estimator"},
    "designs": {"kernel": "sums, likelihoods", "mean": "tests of coefficients"},
    "prediction": {
        "kernel": "effects",
        "tau2": "an estimate's uncertainty",
        "mean": "tests",
        "batch": "fits",
        "as_data": "numbers as data",
    },
    "as_data": {},
    "bayes": {"kernel": "sums", "as_data": "numbers as data"},
    "counts": {
        "kernel": "effects",
        "mean": "tests",
        "inputs": "columns and levels",
        "as_data": "numbers as data",
    },
    "dependent": {"kernel": "arrays"},
    "resampling": {
        "kernel": "effects",
        "tau2": "estimators",
        "mean": "weights of the mean",
        "batch": "each draw is a data set of a batch",
        "as_data": "numbers as data",
    },
    "batch": {room: "a batch runs it" for room in ("kernel", "tau2", "mean", "prediction")},
    "inputs": {"kernel": "effects are what inputs become"},
    "result": {
        "as_data": "numbers as data",
        "kernel": "arrays",
        "bayes": "the interval of few studies",
        "mean": "Wald beside HKSJ",
    },
    "repeating": {
        "kernel": "effects",
        "mean": "tests that have weights of their own",
        "prediction": "what stands for none",
        "tau2": "estimators",
        "batch": "the same choices for other studies",
        "result": "the choices",
    },
    "notes": {
        "mean": "tests",
        "prediction": "intervals",
        "tau2": "estimators",
        "repeating": "the same choices once more",
        "result": "what the notes are about",
    },
    "api": {
        room: "from arguments to a result"
        for room in (
            "kernel",
            "tau2",
            "mean",
            "prediction",
            "bayes",
            "batch",
            "inputs",
            "notes",
            "repeating",
            "result",
        )
    },
}

# Names that stand more than once, because they mean the same thing in each place.
SAME_MEANING = {
    "__init__": "what a room shows",
    "__main__": "the entry point of python -m",
    "api": "the public function of its room",
    "commands": "the verbs of a house",
    "compare": "published beside regenerated: the command and the numbers",
    "effects": "effects with their sampling variances",
    "fetch": "the survey's files: the command and the download",
    "figures": "the paper's figures: the command and the drawings",
    "fitting": "the fit of a model",
    "forest_table": "the table of a forest plot: its content from a review, and its model",
    "gosh": "every subset: the numbers and the chart",
    "influence": "the numbers and the chart",
    "likelihood": "the likelihood of a model",
    "location_scale": "the location-scale model: the function and the numbers",
    "multiverse": "the numbers and the chart",
    "notes": "what a reader must know of a result",
    "p_curve": "the numbers and the chart",
    "permutation": "permutation tests: of a mean, of coefficients",
    "prediction": "prediction intervals: the room and its first module",
    "records": "records of estimates: the room, and the regenerated ones",
    "refits": "one study less, one more: the numbers and the chart",
    "regression": "regression on covariates",
    "result": "what the public function of its room returns",
    "review": "a review: its file, and its analyses",
    "selection": "which estimates are pooled: the room and its module",
    "selection_models": "the numbers and the chart",
}
SAME_CLASS = {
    "Cohort": "the people who are studied: as named in a record, and row by row",
    "HalfNormal": "the shape: a prior of tau, weights of selection",
    "LikelihoodRatio": "twice the difference of two log likelihoods",
    "PermutationTest": "a permutation test: of a mean, of coefficients",
    "Sheet": "a table on a page of its own: as read, and as written",
    "Subgroup": "a part that is analysed by itself",
    "WaldTest": "a statistic, its df and p",
}

PLAIN_DECORATORS = {
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "dataclass",
    "lru_cache",
    "overload",
}
PLAIN_DECORATORS |= {"property", "runtime_checkable", "staticmethod", "total_ordering"}
