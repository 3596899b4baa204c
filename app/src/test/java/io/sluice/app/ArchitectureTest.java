package io.sluice.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** Who may know whom. Each rule says why. */
@AnalyzeClasses(
    packages = "io.sluice",
    importOptions = {
      ImportOption.DoNotIncludeTests.class,
      ArchitectureTest.DoNotIncludeContracts.class
    })
class ArchitectureTest {
  /** Tests that another module publishes come as a jar. */
  static final class DoNotIncludeContracts implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  private static final String GATEWAY = "io.sluice.gateway..";
  private static final String METADATA = "io.sluice.metadata..";
  private static final String VERTICLES = "io.sluice.storage.verticle..";
  private static final String PROTOCOL = "io.sluice.s3..";
  private static final String APP = "io.sluice.app..";

  @ArchTest
  static final ArchRule gateway_knowsOnlyThePorts =
      noClasses()
          .that()
          .resideInAPackage(GATEWAY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(METADATA, VERTICLES, APP)
          .because("a gateway must work with any storage behind MetadataStore and ChunkStore");

  @ArchTest
  static final ArchRule storage_doesNotKnowS3 =
      noClasses()
          .that()
          .resideInAnyPackage(METADATA, VERTICLES, "io.sluice.storage..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(GATEWAY, PROTOCOL, APP)
          .because("what is stored outlives the protocol it came by");

  @ArchTest
  static final ArchRule protocol_isPlainJava =
      noClasses()
          .that()
          .resideInAPackage(PROTOCOL)
          .should()
          .dependOnClassesThat(
              not(resideInAnyPackage("java..", "javax..", PROTOCOL, "org.jspecify..")))
          .because("S3 as a language needs no I/O and no library");

  @ArchTest
  static final ArchRule ratis_hasOneHome =
      noClasses()
          .that(not(resideInAPackage("io.sluice.metadata.raft..")))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.ratis..")
          .because("consensus can be changed in one place only if it is in one place");

  @ArchTest
  static final ArchRule hazelcast_hasOneHome =
      noClasses()
          .that(not(resideInAPackage("io.sluice.cluster.member..")))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster.hazelcast..")
          .because("what has no authentication may be trusted nowhere, least of all by accident");

  @ArchTest
  static final ArchRule rocksdb_hasOneHomeAModule =
      noClasses()
          .that(
              not(
                  resideInAnyPackage(
                      "io.sluice.metadata.state.rocks..", "io.sluice.storage.verticle.index..")))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.rocksdb..")
          .because("a native handle that leaks or outlives its owner crashes the process");

  @ArchTest
  static final ArchRule zstd_hasOneHome =
      noClasses()
          .that(not(resideInAPackage("io.sluice.storage.chunk.codec..")))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.github.luben..")
          .because("chunks are compressed once, where they are made");

  @ArchTest
  static final ArchRule nobody_sleepsOrWaits =
      noClasses()
          .that(not(resideInAPackage(APP)))
          .and()
          .doNotHaveSimpleName("RaftNode") // its start, which blocks as its Javadoc says
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(CompletableFuture.class, "get")
          .orShould()
          .callMethod(CompletableFuture.class, "join")
          .because("outside of start-up nothing waits in a thread");

  @ArchTest
  static final ArchRule time_isPassedIn =
      noClasses()
          .that(not(resideInAPackage(APP)))
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(Clock.class, "systemUTC")
          .because("what hangs on a clock can only be tested with another clock");

  @ArchTest
  static final ArchRule names_sayWhatAThingIs =
      noClasses()
          .should()
          .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)")
          .because("such a name fits everything, and so says nothing");

  @ArchTest
  static final ArchRule packages_haveNoCycles =
      slices().matching("io.sluice.(*)..").should().beFreeOfCycles();
}
