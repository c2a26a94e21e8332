# Figures by R and pROC: one "name value" a line.
# Usage: Rscript reference.R CASES.csv        figures of the sample cases
#        Rscript reference.R aSAH OUT.csv     figures of pROC's own data, which it writes to OUT.csv
suppressMessages(library(pROC))

emit <- function(name, value) cat(name, sprintf("%.17g", as.numeric(value)), "\n")

area <- function(name, curve) {
  interval <- ci.auc(curve, method = "delong")
  emit(paste0("auc.", name), auc(curve))
  emit(paste0("auc.", name, ".low"), interval[1])
  emit(paste0("auc.", name, ".high"), interval[3])
  emit(paste0("auc.", name, ".var"), var(curve, method = "delong"))
}

pair <- function(name, one, other) {
  test <- roc.test(one, other, method = "delong", paired = TRUE)
  emit(paste0(name, ".z"), test$statistic)
  emit(paste0(name, ".p"), test$p.value)
  emit(paste0(name, ".cov"), cov(one, other, method = "delong"))
}

proportion <- function(k, n) {
  exact <- binom.test(k, n)$conf.int
  score <- suppressWarnings(prop.test(k, n, correct = FALSE))$conf.int
  name <- paste0(k, "/", format(n, scientific = FALSE))
  emit(paste0("clopper.", name, ".low"), exact[1])
  emit(paste0("clopper.", name, ".high"), exact[2])
  emit(paste0("wilson.", name, ".low"), score[1])
  emit(paste0("wilson.", name, ".high"), score[2])
}

estimate <- function(name, row) {
  half <- qnorm(0.975) * row[2]
  emit(name, row[1])
  emit(paste0(name, ".low"), row[1] - half)
  emit(paste0(name, ".high"), row[1] + half)
}

sample_cases <- function(path) {
  cases <- read.csv(path)
  curve <- function(scores) roc(cases$label, scores, quiet = TRUE, direction = "<", levels = c(0, 1))
  first <- curve(cases$first)
  second <- curve(cases$second)
  area("first", first)
  area("second", second)
  pair("pair", first, second)
  proportion(95, 100)
  proportion(0, 17)
  proportion(9990, 10000)
  emit("mcnemar.10/25", binom.test(10, 35)$p.value)
  emit("mcnemar.10/25.approximate", mcnemar.test(matrix(c(50, 10, 25, 40), 2))$p.value)
  adjusted <- p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.8), "holm")
  for (at in seq_along(adjusted)) emit(paste0("holm.", at - 1), adjusted[at])
  logits <- log(cases$first / (1 - cases$first))
  control <- glm.control(epsilon = 1e-15, maxit = 100)
  line <- glm(cases$label ~ logits, family = binomial, control = control)
  large <- glm(cases$label ~ offset(logits), family = binomial, control = control)
  estimate("intercept", coef(summary(line))[1, ])
  estimate("slope", coef(summary(line))[2, ])
  estimate("large", coef(summary(large))[1, ])
  silent <- factor(cases$second > 0.6, c(TRUE, FALSE))
  table <- table(silent, factor(cases$label, c(1, 0)))
  emit("enrichment", fisher.test(table, alternative = "greater")$p.value)
  emit("quantile", quantile(cases$first, 0.123, type = 7))
}

own_data <- function(out) {
  data(aSAH, envir = environment())
  curve <- function(scores) roc(aSAH$outcome, scores, quiet = TRUE, direction = "<")
  markers <- c("s100b", "wfns", "ndka")
  curves <- lapply(markers, function(name) curve(as.numeric(aSAH[[name]])))
  for (at in seq_along(markers)) area(markers[at], curves[[at]])
  pair("s100b-wfns", curves[[1]], curves[[2]])
  pair("s100b-ndka", curves[[1]], curves[[3]])
  rows <- data.frame(label = as.integer(aSAH$outcome == "Poor"), aSAH[markers])
  write.csv(rows, out, row.names = FALSE)
}

arguments <- commandArgs(trailingOnly = TRUE)
if (arguments[1] == "aSAH") own_data(arguments[2]) else sample_cases(arguments[1])
