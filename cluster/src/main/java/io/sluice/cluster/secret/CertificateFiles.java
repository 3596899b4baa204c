package io.sluice.cluster.secret;

import java.nio.file.Path;

/**
 * An operator's own certificates for the traffic between nodes, in PEM.
 *
 * @param authorities whose certificates make a node: only ever those of this cluster
 * @param certificate this node's, with what is between it and an authority behind it
 * @param key its private key, not encrypted
 */
public record CertificateFiles(Path authorities, Path certificate, Path key) {}
