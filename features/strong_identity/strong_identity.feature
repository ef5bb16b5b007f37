@guide:ech-other-organization @model:api-key @step:strong-identity
Feature: Strong identity: a key that only one certificate may use
  The local cluster signs its requests with a certificate, and the remote cluster verifies the signature against its
  authorities, and the certificate's distinguished name against the key's identity. A signature that comes is verified even
  where the key asks for none.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And the remote cluster trusts signatures of the authority "signing"

  Scenario Outline: The requests are signed, and the certificate has the identity: <identity>
    Given a cross-cluster API key with search access to "logs" for the certificate identity "<identity>"
    And the local keystore holds the key for the alias "partner"
    And the local cluster signs requests to "partner" as "local.partner.test" with a certificate of the authority "signing"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And resolving "partner:logs" shows it connected

    Examples:
      | identity                |
      | CN=local.partner.test   |
      | CN=.*\.partner\.test    |

  Scenario: The key has no identity, and the signature is valid
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster signs requests to "partner" as "local.partner.test" with a certificate of the authority "signing"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: The requests are not signed
    Given a cross-cluster API key with search access to "logs" for the certificate identity "CN=local.partner.test"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "request-not-signed"

  Scenario: The certificate has another name than the key's identity
    Given a cross-cluster API key with search access to "logs" for the certificate identity "CN=local.partner.test"
    And the local keystore holds the key for the alias "partner"
    And the local cluster signs requests to "partner" as "other.partner.test" with a certificate of the authority "signing"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "signed-under-another-name"

  Scenario: The remote cluster does not trust the authority of the signature
    Given a cross-cluster API key with search access to "logs" for the certificate identity "CN=local.partner.test"
    And the local keystore holds the key for the alias "partner"
    And the local cluster signs requests to "partner" as "local.partner.test" with a certificate of the authority "nobody"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "signature-not-trusted"

  Scenario: A signature that nobody asked for is not trusted
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster signs requests to "partner" as "local.partner.test" with a certificate of the authority "nobody"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "signature-not-trusted"

  Scenario: The signing certificate is set without its key
    When the local cluster sets for "partner"
      | signing.certificate | no-such.crt |
    Then it is refused as "signing-certificate-without-key"

  Scenario: The certificate identity is not a regular expression
    When a cross-cluster API key is created with
      """
      {"name": "partner", "access": {"search": [{"names": ["logs"]}]}, "certificate_identity": "CN=[local"}
      """
    Then it is refused as "certificate-identity-not-a-pattern"
