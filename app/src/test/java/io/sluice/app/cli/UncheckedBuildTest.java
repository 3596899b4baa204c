package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;

/**
 * A newer JDK's warnings keep nobody from a first start, and whoever changes the source sees them.
 */
class UncheckedBuildTest {
  private static final Path ROOT = Path.of("..");

  private static String arguments(String plugins)
      throws IOException, ParserConfigurationException, SAXException, XPathExpressionException {
    Document pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(ROOT.resolve("pom.xml").toFile());
    XPath path = XPathFactory.newInstance().newXPath();
    return path.evaluate(
        plugins
            + "/plugin[artifactId='maven-compiler-plugin']/configuration/compilerArgs[@combine.self='override' or not(@combine.self)]",
        pom);
  }

  @Test
  void buildOfBinSluice_hasNoChecks_andThatOfVerifyHas() throws Exception {
    assertThat(Files.readString(ROOT.resolve("bin/sluice")))
        .contains("-pl app -am package -Dunchecked");
    String unchecked =
        arguments("/project/profiles/profile[activation/property/name='unchecked']/build/plugins");
    assertThat(unchecked).contains("-parameters").doesNotContain("-Werror", "-Xlint", "-Xplugin");
    assertThat(arguments("/project/build/plugins")).contains("-Werror", "-Xlint:all", "ErrorProne");
  }
}
