package io.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.CompatibilityPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The page that promises operations says what a whole server answers. */
class CompatibilityPageTest {
  private static final String RENEW = "sluice.docs.renew";
  private static final Path PAGE = Path.of("..", "docs", "s3-compatibility.md");

  @RegisterExtension static final TestServer SERVER = new TestServer();

  @Test
  void page_isWhatTheServerImplements() throws IOException {
    String current = CompatibilityPage.markdown(SERVER.implemented());
    if (Boolean.getBoolean(RENEW)) {
      Files.writeString(PAGE, current);
    }
    assertThat(PAGE)
        .as(
            "renew it: ./mvnw -pl app -am test -Dtest=CompatibilityPageTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -D%s=true",
            RENEW)
        .hasContent(current);
  }
}
