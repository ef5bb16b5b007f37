@guide:ech-other-organization @guide:eck-to-other-eck @model:certificate @step:prerequisites
Feature: The license of the certificate model
  The certificate model is part of every license.

  Scenario: Both clusters have a basic license
    Given a local and a remote cluster whose transport certificates trust each other
    And the local cluster has a basic license
    And the remote cluster has a basic license
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: The trial of both clusters ends while they are connected
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And searching "partner:logs" finds 3 documents
    When the local cluster's license becomes basic
    And the remote cluster's license becomes basic
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
