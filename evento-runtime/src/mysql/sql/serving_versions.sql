select component, serving, newest from evento_projector order by component;
