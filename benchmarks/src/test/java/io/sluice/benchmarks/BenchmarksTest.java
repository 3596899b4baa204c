package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs every benchmark for an instant, in this JVM: figures mean nothing, failures do. */
class BenchmarksTest {
  @Test
  void everyBenchmark_runs() throws Exception {
    Options options =
        new OptionsBuilder()
            .include(BenchmarksTest.class.getPackageName() + "\\..*")
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(5))
            .shouldFailOnError(true)
            .shouldDoGC(false)
            .verbosity(VerboseMode.SILENT)
            .build();
    Collection<RunResult> results = new Runner(options).run();
    assertThat(results).isNotEmpty();
    assertThat(results)
        .allSatisfy(
            result ->
                assertThat(result.getPrimaryResult().getStatistics().getN())
                    .as(result.getParams().id())
                    .isPositive());
  }
}
