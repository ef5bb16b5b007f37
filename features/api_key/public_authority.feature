@guide:ech-other-organization @guide:eck-to-other-eck @model:api-key @simulated:public-authority
Feature: The remote cluster server has a public certificate
  Every Java runtime trusts the authority of a public certificate, and the local cluster needs none beside. The certificate
  authorities that are set take the place of those of the Java runtime, and do not add to them.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster server's certificate "comes with that of an intermediate authority"
    And the Java runtime of the local cluster trusts the authority of the remote cluster server

  @step:configure-the-local-deployment-1 @step:configure-the-local-deployment-2
  Scenario: No certificate authorities are set
    Given "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: Another authority is set
    Given the local cluster has the setting "xpack.security.remote_cluster_client.ssl.certificate_authorities" with the value "[transport-ca.crt]"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "server-authority-unknown"
