"""The examples of docs/api.md, in its order: one cell a name, all in one run.

A cell begins with a line `# %% name`. Its code and what it prints go to the page, which `page.py` writes.
"""

# %% synthesis
import json
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd

import synthesis
from evidence.checking import check_paths
from evidence.records.conversion import to_analysis_scale
from evidence.records.json_schema import json_schema
from evidence.records.measures import harmonise
from evidence.records.reading import read_record, record_from_text
from evidence.records.review import load_review
from evidence.records.schema import Record
from evidence.records.writing import record_to_yaml, write_record
from studies import survey

bcg = {
    "trial": [*"ABCDEFGHIJKLM"],
    "ai": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
    "bi": [119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886],
    "ci": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    "di": [128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825],
    "ablat": [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33],
    "alloc": ["random"] * 4 + ["alternate"] * 2 + ["random"] * 3 + ["systematic"] * 4,
}
# %% synthesis.escalc
dat = synthesis.escalc("RR", ai="ai", bi="bi", ci="ci", di="di", data=bcg, slab="trial")
print(dat)
print(dat.yi[:3].round(4), dat.vi[:3].round(4))
# %% synthesis.EffectSizes
print(dat.k, dat.defined.all(), dat.sei[:3].round(4))
# %% EffectSizes.to_frame
print(dat.to_frame()[["label", "yi", "vi"]].head(3).round(4))
# %% EffectSizes.to_dict
print(list(dat.to_dict()))
# %% EffectSizes.back
print(dat.back([-0.7145]).round(3))
# %% synthesis.pool
res = synthesis.pool(dat.yi, dat.vi, slab=bcg["trial"])
print(res)
# %% EffectSizes.absolute
print(dat.absolute((res.estimate, res.ci_low, res.ci_high), baseline=0.05))
# %% synthesis.Pooled
print(round(res.estimate, 4), round(res.tau2, 4), round(res.I2, 1))
# %% Pooled.blup
print(res.blup().effect[:3].round(4))
# %% Pooled.probability_beyond
above, below = res.probability_beyond(0.0)
print(round(above, 3), round(below, 3))
# %% Pooled.heterogeneity_test
ratio = res.heterogeneity_test()
print(ratio.statistic.round(2), ratio.p_value < 0.001)
# %% Pooled.permutation_test
print(res.permutation_test().p_value)
# %% Pooled.permutation_interval
interval = res.permutation_interval()
print(round(interval.ci_low, 3), round(interval.ci_high, 3))
# %% Pooled.leave_one_out
print(res.leave_one_out().estimate[:3].round(4))
# %% Pooled.cumulative
print(res.cumulative().estimate[:3].round(4))
# %% Pooled.influence
print(res.influence().cook[:3].round(4))
# %% Pooled.gosh
every, apart = res.gosh()
print(every.count, round(every.estimate.min(), 3), round(every.estimate.max(), 3))
# %% Pooled.egger
test = res.egger()
print(round(test.statistic, 4), round(test.p_value, 4), round(test.limit, 4))
# %% Pooled.begg
rank = res.begg()
print(round(rank.tau, 4), round(rank.p_value, 4))
# %% Pooled.trim_and_fill
filled = res.trim_and_fill()
print(filled.k0, filled.side, round(filled.estimate, 4))
# %% Pooled.pet_peese
corrected = res.pet_peese().chosen
print(corrected.method, round(corrected.estimate, 4))
# %% Pooled.limit
adjusted = res.limit().adjusted
print(round(adjusted.estimate, 4), round(adjusted.p_value, 3))
# %% Pooled.selection_model
selected = res.selection_model(alternative="less")
print(round(selected.estimate, 4), selected.delta.round(4))
# %% Pooled.p_curve
curve = res.p_curve()
print(len(curve.p), round(curve.right_skew_full.z, 2), curve.evidential)
# %% Pooled.p_uniform
uniform = res.p_uniform(alternative="less")
print(uniform.significant, round(uniform.estimate, 4))
# %% Pooled.excess_significance
excess = res.excess_significance()
print(excess.observed, round(excess.expected, 2))
# %% Pooled.fail_safe
print(res.fail_safe().rosenthal)
# %% Pooled.multiverse
print(len(res.multiverse().estimate))
# %% Pooled.plot
folder = Path(mkdtemp())
print([path.name for path in res.plot("funnel", folder / "bcg", log=True)])
print(res.plot("forest", width="174mm", data=bcg, columns={"Vaccinated": "{ai}/{bi}"}, log=True).size[0])
# %% Pooled.to_frame
print(res.to_frame()[["k", "estimate", "ci_low", "ci_high"]].round(4))
# %% Pooled.to_dict
print(json.dumps(res.to_dict())[:60])
# %% synthesis.metareg
mod = synthesis.metareg(dat.yi, dat.vi, mods="~ ablat", data=bcg, slab="trial")
print(mod)
# %% synthesis.MetaRegression
print(mod.estimate.round(4), round(mod.R2, 1))
# %% MetaRegression.test
print(mod.test("ablat"))
# %% MetaRegression.contrast
print(mod.contrast("Intercept + 40 * ablat"))
# %% MetaRegression.predict
print(mod.predict({"ablat": [13, 55]}, transform=np.exp))
# %% MetaRegression.blup
print(mod.blup().effect[:3].round(4))
# %% MetaRegression.permutation_test
print(mod.permutation_test(draws=1000).p_value.round(2))
# %% MetaRegression.vif
print(mod.vif())
# %% MetaRegression.heterogeneity_facts
print(mod.heterogeneity_facts()[0])
# %% MetaRegression.plot
print([path.name for path in mod.plot("bubble", folder / "latitude.svg", width="85mm")])
# %% MetaRegression.to_frame
print(mod.to_frame()[["estimate", "se"]].round(4))
# %% MetaRegression.to_dict
print(sorted(mod.to_dict())[:4])
# %% synthesis.subgroups
groups = synthesis.subgroups(dat.yi, dat.vi, by="alloc", data=bcg)
print(groups)
# %% synthesis.Subgroups
print(*(round(group.estimate, 4) for group in groups.groups))
# %% Subgroups.plot
print([path.name for path in groups.plot("forest", folder / "groups", format="eps")])
# %% Subgroups.to_frame
print(groups.to_frame()[["k", "estimate"]].round(4))
# %% Subgroups.to_dict
print(sorted(groups.to_dict())[:4])
# %% synthesis.covariance
schools = {
    "district": [*"AAABBCCDDDEEFF"],
    "yi": [0.18, 0.22, 0.23, -0.3, 0.13, -0.06, 0.19, 0.32, 0.45, 0.38, 0.29, 0.16, 0.15, 0.36],
    "vi": [0.02, 0.02, 0.03, 0.04, 0.01, 0.01, 0.02, 0.02, 0.02, 0.04, 0.01, 0.02, 0.04, 0.03],
    "size": [3, 1, 2, 4, 2, 2, 5, 1, 3, 2, 4, 2, 1, 3],
}
errors = synthesis.covariance("vi", cluster="district", rho=0.6, data=schools)
print(errors)
# %% synthesis.Covariance
print(np.asarray(errors)[:3, :3].round(4))
# %% synthesis.bayes
few = synthesis.bayes(
    [0.0079, -0.0055, 0.0024],
    sei=[0.00286, 0.0059, 0.0021],
    slab=["IMOS", "Seoul", "Jeju"],
    smallest_effect=0.005,
    mu_prior="normal(0, 0.05)",
)
print(few)
# %% synthesis.Bayesian
print(few.mu.median, few.tau.high, few.above_null)
# %% Bayesian.probability_beyond
print(few.probability_beyond(0.005), few.probability_beyond(0.005, "new"))
# %% Bayesian.quantile
print(few.quantile([0.05, 0.95]).round(5), few.quantile(0.95, "tau").round(5))
# %% Bayesian.density
print(few.density([0.0, 0.003]).round(2), few.density(0.005, "tau").round(2))
# %% Bayesian.joint_density
print(few.joint_density(0.003, [0.001, 0.005]).round(1))
# %% Bayesian.averaged
print(few.averaged())
# %% Bayesian.under
print(few.under(["half-t(4, 0.005)", "uniform(0.05)"]))
# %% Bayesian.to_frame
print(few.to_frame()[["label", "mean", "low", "high"]].round(4))
# %% Bayesian.to_dict
print(json.dumps(few.to_dict()["tau"], indent=1)[:60])
# %% Bayesian.plot
print(few.plot("sensitivity").size)
# %% synthesis.BayesianRegression
trend = synthesis.bayes(
    dat,
    mods="~ ablat",
    data=bcg,
    tau_prior="half-normal(0.5)",
    coefficient_prior={"ablat": "normal(0, 0.05)"},
)
print(trend)
# %% BayesianRegression.predict
print(trend.predict({"ablat": [13, 55]}))
# %% BayesianRegression.probability_beyond
print(trend.probability_beyond(-0.02, "ablat"))
# %% BayesianRegression.quantile
print(trend.quantile([0.05, 0.95], "ablat").round(4))
# %% BayesianRegression.density
print(trend.density(-0.03, "ablat").round(2), trend.density(0.3, "tau").round(3))
# %% BayesianRegression.under
print(trend.under(["half-Cauchy(0.5)"]))
# %% BayesianRegression.to_frame
print(trend.to_frame()[["name", "median", "low", "high"]].round(4))
# %% BayesianRegression.to_dict
print(json.dumps(trend.to_dict()["names"]))
# %% MetaRegression.bayesian
print(mod.bayesian("half-normal(0.5)").median.round(4))
# %% synthesis.RobustBayesian
odd = synthesis.bayes(
    [-0.5, 0.2, 2.5], sei=[0.3, 0.4, 0.2], tau_prior="half-normal(0.5)", effects="mixture(0.1, 5)"
)
print(odd)
# %% RobustBayesian.probability_beyond
print([round(each, 4) for each in odd.probability_beyond(0.0)])
# %% RobustBayesian.quantile
print(odd.quantile(0.9).round(4), odd.quantile(0.9, "tau").round(4))
# %% RobustBayesian.density
print(odd.density([0.0, 2.0]).round(4))
# %% RobustBayesian.averaged
try:
    odd.averaged()
except ValueError as refusal:
    print(refusal)
# %% RobustBayesian.to_frame
print(odd.to_frame()[["label", "mean", "outlying"]].round(4))
# %% RobustBayesian.to_dict
print(json.dumps(odd.to_dict()["effects"]))
# %% RobustBayesian.under
print(odd.under(["half-Cauchy(0.5)"]))
# %% Pooled.bayesian
print(round(res.bayesian("half-normal(0.5)").mu.median, 4))
# %% synthesis.plan_update
plan = synthesis.plan_update(res, width=0.5, sei=[0.2, 0.4], most=40, draws=500)
print(plan)
print([(size.needed, size.by_closed_form) for size in plan.sizes])
# %% synthesis.next_study
print(synthesis.next_study(res, sei=[0.1, 0.4], interest=-0.3, draws=500))
# %% synthesis.sequential
print(synthesis.sequential(res, effect=-0.3, unit_sd=1))
# %% synthesis.pool_dependent
dep = synthesis.pool_dependent("yi", "vi", cluster="district", rho=0.6, mods="~ size", data=schools)
print(dep)
# %% synthesis.DependentPooled
print(dep.estimate.round(4), dep.df.round(2), [round(part.value, 4) for part in dep.components])
# %% DependentPooled.plot
print(synthesis.pool_dependent("yi", "vi", cluster="district", rho=0.6, data=schools).plot().size)
# %% DependentPooled.joint_test
print(dep.joint_test("size"))
# %% DependentPooled.small_sample_tests
print(dep.small_sample_tests())
# %% DependentPooled.rho_curve
print(dep.rho_curve().sentence)
# %% DependentPooled.component_intervals
print(dep.component_intervals().to_frame()[["estimate", "low", "high"]].round(4))
# %% DependentPooled.wild_test
print(dep.wild_test("size"))
# %% DependentPooled.term_tests
print(dep.term_tests())
# %% DependentPooled.blup
print(dep.blup().to_frame().head(3).round(4))
# %% DependentPooled.leave_out
print(dep.leave_out().to_frame()[["left", "name", "estimate", "cook"]].head(4).round(4))
# %% DependentPooled.egger
print(synthesis.pool_dependent("yi", "vi", cluster="district", rho=0.6, data=schools).egger())
# %% DependentPooled.contrast
print(dep.contrast("Intercept + 3 size"))
# %% DependentPooled.predict
print(dep.predict({"size": [1, 5]}))
print(dep.predict({"size": [1, 5]}, cluster="A"))
# %% DependentPooled.selection_model
try:
    dep.selection_model()
except ValueError as error:
    print(error)
# %% DependentPooled.to_frame
print(dep.to_frame()[["name", "estimate", "se", "df"]].round(4))
# %% DependentPooled.to_dict
print(list(dep.to_dict()["QM"]))
# %% synthesis.dose_response
drinks = {
    "study": [*"AAAABBBBCCCC"],
    "alcohol": [0, 2, 6, 11, 0, 3, 8, 15, 0, 4, 10, 18],
    "cases": [165, 74, 90, 122, 60, 50, 55, 70, 100, 80, 85, 95],
    "n": [337, 167, 186, 212, 400, 380, 350, 330, 500, 420, 390, 350],
    "log_or": [0.0, -0.22, 0.15, 0.45, 0.0, -0.06, 0.02, 0.4, 0.0, -0.1, 0.15, 0.3],
    "se": [None, 0.23, 0.24, 0.24, None, 0.2, 0.21, 0.19, None, 0.16, 0.15, 0.14],
}
by_dose = synthesis.dose_response(
    "log_or",
    sei="se",
    dose="alcohol",
    study="study",
    data=drinks,
    cases="cases",
    n="n",
    kind="odds",
    curve="quadratic",
    method="EE",
)
print(by_dose)
# %% synthesis.DoseResponse
print(by_dose.names, round(by_dose.Q, 2), by_dose.nonlinearity)
# %% DoseResponse.predict
print(by_dose.predict([5, 10, 15], transform=np.exp))
# %% DoseResponse.turning_points
print(by_dose.turning_points())
# %% DoseResponse.goodness_of_fit
print(by_dose.goodness_of_fit())
# %% DoseResponse.plot
print([path.name for path in by_dose.plot("curve", folder / "alcohol", width="85mm")])
# %% DoseResponse.to_frame
print(by_dose.to_frame()[["name", "estimate", "se"]].round(4))
# %% DoseResponse.to_dict
print(by_dose.to_dict()["classes"])
# %% synthesis.pool_unreported
silent = synthesis.pool_unreported(
    [0.79, 0.40, 0.25, None, None],
    sei=[0.29, 0.20, 0.22, None, 0.30],
    said=[None, None, None, "not significant", "G"],
    ni=[653, 1500, 1200, 773, None],
    probability=[None, None, None, None, 0.7],
    slab=["A 2011", "B 2015", "C 2019", "D 2020", "E 2024"],
)
print(silent)
# %% synthesis.UnreportedPooled
print([round(each, 3) for each in silent.sei], silent.sei_from, round(silent.without.estimate, 3))
# %% UnreportedPooled.sensitivity
print(silent.sensitivity())
# %% UnreportedPooled.plot
print(silent.plot().size, silent.plot("sensitivity").size)
# %% UnreportedPooled.to_frame
print(silent.to_frame()[["estimate", "ci_low", "ci_high", "tau2"]].round(4))
# %% UnreportedPooled.to_dict
print({name: round(value, 4) for name, value in silent.to_dict()["worst_case"].items()})
# %% synthesis.sign_test
print(synthesis.sign_test(["positive"] * 6 + ["negative", "none", "mixed", None]))
# %% synthesis.SignTest
told = synthesis.sign_test(dat)
print(told.sentence)
# %% SignTest.to_frame
print(told.to_frame()[["k", "positive", "negative", "p_value"]].to_string(index=False))
# %% SignTest.to_dict
print(told.to_dict()["share"])
# %% synthesis.combine_p
p_values = synthesis.combine_p([0.01, 0.2, 0.5, 0.03], ["positive", "positive", "negative", "positive"])
print(p_values)
# %% synthesis.CombinedPValues
print(p_values["Fisher"].p_value)
# %% CombinedPValues.to_frame
print(p_values.to_frame()[["method", "p_positive", "p_value"]].to_string(index=False))
# %% CombinedPValues.to_dict
print(p_values.to_dict()["method_sentence"])
# %% synthesis.summarise_effects
summary = synthesis.summarise_effects(
    [0.31, 0.12, 0.25, -0.04, 0.18, 0.22, 0.40],
    by=["low", "high", "low", "high", "low", "some concerns", "high"],
)
print(summary)
# %% synthesis.EffectSummary
print(summary.overall.ci_low, summary.overall.ci_high, round(summary.overall.attained, 4))
# %% EffectSummary.plot
print([path.name for path in summary.plot("box", folder / "box", format="png")])
# %% EffectSummary.to_frame
print(summary.to_frame()[["name", "k", "q1", "median", "q3"]].to_string(index=False))
# %% EffectSummary.to_dict
print(summary.to_dict()["missing"])
# %% synthesis.albatross_plot
albatross = synthesis.albatross_plot([0.03, 0.2, 0.6], [1, 1, -1], n=[100, 300, 50], measure="COR")
print(albatross.description)
# %% synthesis.location_scale
both = synthesis.location_scale(dat.yi, dat.vi, mods="~ ablat", scale="~ ablat", data=bcg)
print(both)
# %% synthesis.LocationScaleRegression
print(both.tau2[:3].round(4))
# %% LocationScaleRegression.predict_tau2
print(both.predict_tau2({"ablat": [13, 55]}))
# %% LocationScaleRegression.plot
print([path.name for path in both.plot("bubble", folder / "both.pdf")])
# %% LocationScaleRegression.to_frame
print(both.to_frame().iloc[:, :3].round(4))
# %% LocationScaleRegression.to_dict
print(sorted(both.to_dict())[:4])
# %% synthesis.count_asymmetry
harbord = synthesis.count_asymmetry("Harbord", ai="ai", bi="bi", ci="ci", di="di", data=bcg)
print(f"t({harbord.df:.0f}) = {harbord.statistic:.3f}, p = {harbord.p_value:.3f}")

# %% synthesis.pool_table
genes = {"gene": ["a", "b"], "y_1": [0.1, 0.4], "y_2": [0.3, 0.5], "v_1": [0.04, 0.04], "v_2": [0.02, 0.09]}
tables = synthesis.pool_table(genes, yi="y_*", vi="v_*", key="gene", method="DL", test="z")
print(tables)
# %% synthesis.BulkPooled
print(tables.table.select(["gene", "k", "estimate", "p_bh"]).to_pylist())
# %% BulkPooled.to_frame
print(tables.to_frame()[["gene", "tau2", "refused"]])
# %% synthesis.pool_rare
rare = synthesis.pool_rare("OR", ai=[1, 0, 3, 0], n1i=[60, 40, 85, 50], ci=[4, 2, 5, 0], n2i=[58, 41, 80, 52])
print(rare)
# %% synthesis.RarePooled
print(*(round(each, 4) for each in rare.shown))
# %% RarePooled.absolute
print(rare.absolute(0.05).number)
# %% RarePooled.plot
print([path.name for path in rare.plot("forest", folder / "rare.pdf")])
# %% RarePooled.to_frame
print(rare.to_frame().iloc[:, :3].round(4))
# %% RarePooled.to_dict
print(sorted(rare.to_dict())[:4])
# %% RarePooled.shown_values
print(rare.shown_values(np.array([0.0, 1.0])).round(4))
# %% synthesis.pool_counts
counts = synthesis.pool_counts("OR", ai="ai", bi="bi", ci="ci", di="di", data=bcg)
print(counts)
# %% synthesis.CountsPooled
print(*(round(each, 4) for each in counts.shown))
# %% CountsPooled.absolute
print(counts.absolute(0.02).number)
# %% CountsPooled.plot
print([path.name for path in counts.plot("labbe", folder / "arms.tiff", width="85mm")])
# %% CountsPooled.to_frame
print(counts.to_frame()[["measure", "k", "estimate"]].round(4))
# %% CountsPooled.to_dict
print(sorted(counts.to_dict())[:4])
# %% evidence.records
shipped = Path("evidence/hemoglobin-bmd")
# %% evidence.records.reading.read_record
document = read_record(shipped / "studies" / "imos-4.yaml")
record = document.model
assert record is not None
print(record.study, len(record.estimates), document.problems)
# %% evidence.records.reading.record_from_text
print(record_from_text("study: oslo\n", Path("oslo.yaml")).problems[0].says)
# %% evidence.records.review.load_review
loaded = load_review(shipped)
print(len(loaded.review.analyses), "analyses")
# %% evidence.checking.check_paths
print([problem.rule for problem in check_paths([shipped / "studies" / "imos-4.yaml"]).problems][:1])
# %% evidence.records.measures.to_analysis_scale
effect = record.estimates[0].effect
assert effect is not None
converted = to_analysis_scale(effect)
print(effect.estimate, round(converted.yi, 4), round(converted.sei, 5), converted.sei_from)
# %% evidence.records.measures.harmonise
scale = loaded.review.scale
harmonised = harmonise(record, record.estimates[0], scale)
print(round(harmonised.yi, 4), scale.measure, "per", scale.per, "in", scale.unit)
# %% evidence.records.writing.yaml_layout.record_to_yaml
text = record_to_yaml(record)
print(text.splitlines()[0])
# %% evidence.records.writing.files.write_record
write_record(folder / "imos-4.yaml", text, record)
print(read_record(folder / "imos-4.yaml").model == record)
# %% evidence.records.json_schema.json_schema
print(json_schema(Record)["required"][:3])
# %% studies.survey
schools = json.loads(Path("tests/reference/survey/apistrat.json").read_text())["columns"]
# %% studies.survey.SurveyDesign
design = survey.SurveyDesign(schools["weight"], strata=schools["stratum"])
# %% studies.survey.combine_weights
print(survey.combine_weights([100.0, 300.0], ["2013-2014", "2017-2020"], {"2013-2014": 2, "2017-2020": 3.2}))
# %% studies.survey.mean
mean = survey.mean(design, schools["api00"])
print(mean.estimate.round(3), mean.se.round(4), mean.ci().round(2))
# %% studies.survey.total
print(survey.total(design, schools["api00"]).estimate.round(1))
# %% studies.survey.standard_deviation
print(survey.standard_deviation(design, schools["api00"]).estimate.round(3))
# %% studies.survey.proportion
share = survey.proportion(design, schools["comp"])
print(share.names, share.estimate.round(4))
# %% studies.survey.quantile
print(survey.quantile(design, schools["api00"], [0.25, 0.5, 0.75]).estimate)
# %% studies.survey.chi_square
independent = survey.chi_square(design, schools["comp"], schools["stype"])
print(round(independent.F, 4), round(independent.df1, 3), round(independent.df2, 2))
# %% studies.survey.model_matrix
x, names = survey.model_matrix({"ell": schools["ell"], "meals": schools["meals"]})
print(names, x.shape)
# %% studies.survey.linear
fit = survey.linear(
    design, schools["api00"], survey.model_matrix({"ell": schools["ell"]})[0], names=["1", "ell"]
)
print(fit.estimate.round(4), fit.df, fit.residual_df)
# %% studies.survey.glm
passed = np.array(schools["comp"]) == "Yes"
prevalence = survey.glm(design, passed, x, "poisson", names=names)
print(np.exp(prevalence.estimate).round(4), np.exp(prevalence.ci()[1]).round(4))
# %% studies.survey.ordinary
print(*survey.ordinary(schools["api00"], x, names=names).estimate.round(4))
# %% studies.survey.trend
print(survey.trend(design, schools["api00"], schools["ell"]).estimate.round(4))
# %% studies.survey.spline
bends = survey.spline(design, "meals", schools["meals"], knots=4)
print(bends.names, bends.knots)
# %% studies.survey.Spline
columns, names_bent = survey.model_matrix({**bends.columns(schools["meals"]), "ell": schools["ell"]})
bent_fit = survey.linear(design, schools["api00"], columns, names=names_bent)
# %% Spline.columns
print([column[:2].round(3).tolist() for column in bends.columns([20, 60]).values()])
# %% Spline.nonlinearity
print(round(bends.nonlinearity(bent_fit).p, 4))
# %% Spline.curve
against = bends.curve(bent_fit, [20, 80], reference=50)
print(against.estimate.round(1), against.low.round(1), against.high.round(1))
# %% studies.survey.impute
holes = pd.DataFrame({"api00": schools["api00"], "ell": schools["ell"], "comp": schools["comp"]})
holes.loc[::9, "ell"] = None
holes.loc[::7, "comp"] = None
completed = survey.impute(holes, imputations=3, seed=1)
print(len(completed), holes["ell"].isna().sum(), completed[0]["ell"].isna().sum())
# %% studies.survey.combine_imputations
fits = [
    survey.linear(design, frame["api00"], survey.model_matrix({"ell": frame["ell"]})[0], names=["1", "ell"])
    for frame in completed
]
combined = survey.combine_imputations(fits)
# %% studies.survey.CombinedFit
print(combined.names, combined.imputations, combined.complete_df)
# %% CombinedFit.ci
print(combined.ci().shape)
# %% CombinedFit.coefficient
print(combined.coefficient("ell").df < 197)
# %% CombinedFit.contrast
print(combined.contrast(["50 % more"], np.array([[0.0, 50.0]])).names)
# %% CombinedFit.position
print(combined.position("ell"))
# %% CombinedFit.test
print(combined.test(["ell"]).p < 1e-6)
# %% CombinedFit.with_df
print(combined.with_df(fits[0].residual_df).complete_df)
# %% studies.survey.Estimates
print(mean.names, mean.n, mean.df, mean.missing)
# %% Estimates.ci
print(fit.ci()[1].round(3))
# %% Estimates.coefficient
slope = fit.coefficient("ell")
print(round(slope.estimate, 4), round(slope.ci_low, 3), round(slope.ci_high, 3))
# %% Estimates.contrast
print(fit.contrast(["50 % more"], np.array([[0.0, 50.0]])).estimate.round(2))
# %% Estimates.position
print(fit.position("ell"))
# %% Estimates.test
print(fit.test(["ell"]).p < 1e-20)
# %% Estimates.with_df
print(fit.with_df(fit.residual_df).p[1] > fit.p[1])
# %% studies.survey.piecewise
bent = survey.piecewise(design, schools["api00"], schools["meals"], turning_point=50)
print(round(bent.below.estimate, 3), round(bent.above.estimate, 3))
# %% studies.survey.turning_point_interval
ends = survey.turning_point_interval(design, schools["api00"], schools["meals"], replicates=50)
print(round(ends.low, 1), round(ends.high, 1))
# %% studies.survey.smooth
smooth = survey.smooth(design, schools["api00"], schools["meals"])
print(round(smooth.edf, 3))
# %% studies.survey.Smooth
print(smooth.n, smooth.df)
# %% Smooth.curve
print(smooth.curve([20, 80]).estimate.round(1))
